from itertools import product
from typing import Any

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import Person
from backroad.verifier.drivers.lists import Lists


@check(needs=("data.creates",), seconds=10)
async def run(bench: Bench) -> None:
    """A filter shows exactly what fits, filters combine with "and", and every page keeps them.

    Without filters on the server, clients fetch everything and throw most of it away. A filter that is forgotten on the
    second page shows people things that they did not ask for.

    Fix: one condition with a parameter for each filter, joined with AND, in the query that also pages; the cursor says
    only where to go on.
    """
    driver: Lists = bench.driver
    person = await driver.person()
    names = list(driver.filters)
    all_kinds = [dict(zip(names, values, strict=True)) for values in product(*driver.filters.values())]
    made = [await driver.enter(person, **kind) for kind in all_kinds * 3]
    queries = [{name: value} for name, values in driver.filters.items() for value in values]
    queries.append({name: values[0] for name, values in driver.filters.items()})
    for query in queries:
        wanted = {entry["id"] for entry in made if all(entry[name] == value for name, value in query.items())}
        await holds(bench, person, query, wanted)
    project = {name: made[0][name] for name in driver.bad_filters if name not in driver.filters}
    if project:
        await holds(bench, person, project, {made[0]["id"]})


async def holds(bench: Bench, person: Person, query: dict[str, Any], wanted: set[Any]) -> None:
    driver: Lists = bench.driver
    collection = driver.collection
    shown: list[Any] = []
    asked = {**query, collection.limit: 2}
    for _ in range(len(wanted) + 2):
        answer = expect.status(await person.client.get(driver.list_path, query=asked), 200)
        shown += [item.get("id") for item in expect.field(answer, collection.items, type=list)]
        if (cursor := expect.field(answer, collection.next_cursor)) is None:
            break
        asked = {**query, collection.limit: 2, collection.cursor: cursor}
    wrong = len(set(shown) - wanted)
    got = f"{len(shown)} entries, {wrong} of them do not fit, {len(wanted - set(shown))} missing"
    fine = sorted(shown) == sorted(wanted)
    expect.that(fine, expected=f"the {len(wanted)} entries that fit, by pages of 2", got=got, answer=answer)
