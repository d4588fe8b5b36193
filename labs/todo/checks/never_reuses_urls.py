from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.deletes_for_good",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """The url of a todo that was deleted never leads to another one, not even after a restart.

    Somebody still holds the old url: an open page, a bookmark, a queued request. With ids that start again it edits
    or deletes a stranger's todo.

    Fix: numbers that only grow (AUTOINCREMENT in SQLite, a sequence) or random ids; never the length of the list.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    old = {(await driver.create(person)).path for _ in range(3)}
    expect.status(await person.client.delete(driver.collection.path), (200, 202, 204))
    await bench.target.restart()
    made = [await driver.create(person) for _ in range(3)]
    again = [thing for thing in made if thing.path in old]
    got = f"{again[0].path}, which was deleted before" if again else ""
    expect.that(not again, expected="urls that were never used", got=got, answer=again[0].answer if again else None)
