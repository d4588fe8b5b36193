from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import shows


@check(needs=("data.creates",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """The migrate command makes an empty database usable, and changes nothing when it is run again.

    Without it a new environment is an afternoon of copying tables by hand, and no two are alike. A command that fails
    the second time cannot be part of a deploy.

    Fix: numbered migrations in the repository, a table that notes which are done, each applied with its note in one
    transaction; name the command under [server.commands] as migrate.
    """
    driver = bench.driver
    other = bench.elsewhere()
    await driver.succeeds(other, "migrate")
    await other.start()
    there = bench.at(other).driver
    person = await there.person()
    thing = await there.create(person)
    await driver.succeeds(other, "migrate")
    shows(expect.status(await person.client.get(thing.path), 200), thing.fields)
    await there.create(person)
