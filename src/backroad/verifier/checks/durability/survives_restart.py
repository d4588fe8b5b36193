from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("data.creates", "durability.stops_when_asked"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """A restart loses nothing: people, their credentials and their things are still there.

    Every deploy is a restart. What lives only in the process's memory is gone with each.

    Fix: keep everything in a database or file under DATA_DIR, credentials included.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    made = [await driver.create(person) for _ in range(3)]
    await bench.target.restart()
    for thing in made:
        shows(expect.status(await person.client.get(thing.path), 200), thing.fields)
