from typing import Any

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lists_only_your_own",), assumes=("own lists", "newest first", "whole things in lists"))
async def run(bench: Bench) -> None:
    """A list shows whole things, newest first, a page of the usual size, and says whether there is more.

    People look for what they just made. An order by a time in whole seconds, or none at all, shuffles what was made
    together.

    Fix: order by a value that grows with each insert, descending; read one row more than the page to know whether
    another page follows.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    empty = expect.status(await person.client.get(collection.path), 200)
    expect.field(empty, collection.items, equals=[])
    made = [(await driver.create(person)).fields for _ in range(collection.default_size)]
    full = expect.status(await person.client.get(collection.path), 200)
    holds(driver, full, made[::-1])
    expect.field(full, collection.next_cursor, equals=None)
    made.append((await driver.create(person)).fields)
    first = expect.status(await person.client.get(collection.path), 200)
    holds(driver, first, made[:0:-1])
    cursor = expect.field(first, collection.next_cursor, type=str)
    last = expect.status(await person.client.get(collection.path, query={collection.cursor: cursor}), 200)
    holds(driver, last, made[:1])
    expect.field(last, collection.next_cursor, equals=None)


def holds(driver: LabDriver, answer: Answer, wanted: list[dict[str, Any]]) -> None:
    items = expect.field(answer, driver.collection.items, type=list)
    order = [driver.path_of_item(item) for item in wanted]
    expect.equal([driver.path_of_item(item) for item in items], order, what="the order of the page", answer=answer)
    expect.equal(items, wanted, what="the page", answer=answer)
