from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.pages_hold_everything_once",), assumes=("own lists", "newest first"))
async def run(bench: Bench) -> None:
    """Pages neither repeat nor skip anything while others add and delete.

    With OFFSET each insert pushes one item over the border of a page, to be seen twice, and each delete hides one.
    Every busy list has this bug until somebody reconciles the numbers.

    Fix: page by position, not by count: `WHERE (created, id) < (?, ?) ORDER BY created DESC, id DESC LIMIT ?`.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    made = [await driver.create(person) for _ in range(9)]
    shown: list[str] = []
    query: dict[str, object] = {collection.limit: 3}
    for turn in range(4):
        answer = expect.status(await person.client.get(collection.path, query=query), 200)
        shown += [driver.path_of_item(item) for item in expect.field(answer, collection.items, type=list)]
        cursor = expect.field(answer, collection.next_cursor, type=(str, type(None)))
        if cursor is None:
            break
        query = {collection.limit: 3, collection.cursor: cursor}
        if turn == 0:
            await driver.create(person)
            await driver.create(person)
        elif turn == 1:  # the last item of the second page, after which the third begins
            expect.status(await person.client.delete(made[3].path), 204)
    wanted = [thing.path for thing in reversed(made)]
    doubled, missing = len(shown) - len(set(shown)), len(set(wanted) - set(shown))
    got = f"{len(shown)} items, {doubled} of them doubled, {missing} missing"
    expect.that(shown == wanted, expected="each of the 9 items once, with 2 added and 1 deleted on the way", got=got)
