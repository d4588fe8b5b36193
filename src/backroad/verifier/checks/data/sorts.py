from typing import Any

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.driver import Person
from backroad.verifier.drivers.lists import Lists
from backroad.verifier.wording import value

TITLES = ("beta", "Alpha", "10", "alpha", "Zeta", "9", "\u00e4pfel", "zeta", "a b")
PAGE = 2


@check(needs=("data.creates",), seconds=10)
async def run(bench: Bench) -> None:
    """A list can be sorted by each field it names, both ways, and pages through equal values without skipping any.

    People sort by priority, and most things have the same one. A cursor that remembers only "priority 3" starts the
    next page after all of them, and half of the list is never seen.

    Fix: always add a unique column at the end of ORDER BY, put both values into the cursor, and compare them together:
    `WHERE (priority, id) > (?, ?)`. Sort text by code point (COLLATE "C") unless the contract says otherwise.
    """
    driver: Lists = bench.driver
    person = await driver.person()
    unique, *others = driver.sorts
    two = driver.filters[others[0]]
    made = []
    for number, title in enumerate(TITLES):
        made.append(await driver.enter(person, **{unique: title, others[0]: two[number % 2]}))
    for field in driver.sorts:
        wanted = sorted(range(len(made)), key=lambda number, by=field: (made[number][by], number))  # type: ignore[misc]
        for order, numbers in ((field, wanted), (f"-{field}", wanted[::-1])):
            shown = await pages(bench, person, order)
            if shown != [made[number]["id"] for number in numbers]:
                raise Failed(
                    sent=f"GET {driver.list_path}?{driver.sort}={order}, to its end by pages of {PAGE}",
                    expected=f"in this order: {value([made[number][unique] for number in numbers])}",
                    got=value([entry[unique] for id_ in shown for entry in made if entry["id"] == id_]),
                )


async def pages(bench: Bench, person: Person, order: str) -> list[Any]:
    driver: Lists = bench.driver
    collection = driver.collection
    shown: list[Any] = []
    asked: dict[str, Any] = {driver.sort: order, collection.limit: PAGE}
    for _ in range(len(TITLES) + 2):
        answer = expect.status(await person.client.get(driver.list_path, query=asked), 200)
        shown += [item.get("id") for item in expect.field(answer, collection.items, type=list)]
        if (cursor := expect.field(answer, collection.next_cursor)) is None:
            break
        asked = {driver.sort: order, collection.limit: PAGE, collection.cursor: cursor}
    return shown
