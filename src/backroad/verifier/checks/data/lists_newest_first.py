from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lists_only_your_own",))
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
    expect.equal(full.json()[collection.items], made[::-1], what="the list, newest first", answer=full)
    expect.field(full, collection.next_cursor, equals=None)
    made.append((await driver.create(person)).fields)
    first = expect.status(await person.client.get(collection.path), 200)
    expect.equal(first.json()[collection.items], made[:0:-1], what="the first page", answer=first)
    cursor = expect.field(first, collection.next_cursor, type=str)
    last = expect.status(await person.client.get(collection.path, query={collection.cursor: cursor}), 200)
    expect.equal(last.json()[collection.items], made[:1], what="the last page", answer=last)
    expect.field(last, collection.next_cursor, equals=None)
