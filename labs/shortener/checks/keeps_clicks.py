from backroad.verifier import Bench, check, expect


@check(needs=("shortener.counts_clicks", "durability.survives_restart"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """A graceful stop loses no click.

    Counting in memory and writing now and then is a good design, if what is left is written on SIGTERM. Else every
    deploy costs clicks.

    Fix: write the counters that are not stored yet as the last step of a graceful stop.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    for _ in range(7):
        expect.status(await driver.follow(thing), 302)
    await bench.target.restart()
    expect.field(expect.status(await person.client.get(thing.path), 200), "clicks", equals=7)
    expect.status(await driver.follow(thing), 302)
    expect.field(expect.status(await person.client.get(thing.path), 200), "clicks", equals=8)
