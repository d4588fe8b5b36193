from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import shows
from backroad.verifier.drivers.database import OnDatabase


@check(needs=("data.creates",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """What people create is in the PostgreSQL of DATABASE_URL: an instance on another machine has all of it.

    A file beside the program is gone with the container, is not seen by the second instance, and is in no backup.

    Fix: read DATABASE_URL at start, and keep everything that must survive in that database, credentials included.
    """
    driver: OnDatabase = bench.driver
    async with bench.dependency(driver.database).counting() as seen:
        person = await driver.person()
        thing = await driver.create(person)
    got = "no statement reached it"
    expected = "statements at the database of DATABASE_URL, while a thing was created"
    expect.that(seen.count, expected=expected, got=got, answer=thing.answer)
    elsewhere = await bench.second_instance(own_data=True)
    there = bench.client(person.credentials, target=elsewhere)
    shows(expect.status(await there.get(thing.path), 200), bench.driver.kept(thing))
