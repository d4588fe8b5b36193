from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.patch_keeps_the_rest",))
async def run(bench: Bench) -> None:
    """Edits of different fields at the same moment are all kept.

    One person ticks the box while another mends the title. If each reads the todo, changes one field and writes all of
    it back, the slower one undoes the other, and both were answered 200.

    Fix: write only the columns that were sent (`UPDATE todos SET completed = ? WHERE id = ?`), or lock the row between
    reading and writing.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    for _ in range(5):
        thing = await driver.create(person)
        edits = {"title": bench.word("new title "), "completed": True, "order": 7, "notes": bench.word("note ")}
        requests = [person.request("PATCH", thing.path, json={name: value}) for name, value in edits.items()]
        expect.all_of(await bench.at_once(requests), 200)
        shown = expect.status(await person.client.get(thing.path), 200)
        for name, value in edits.items():
            expect.field(shown, name, equals=value)
