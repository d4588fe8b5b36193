from backroad.verifier import Bench, check
from backroad.verifier.checks.database.waiting import refused_in_time, works_again
from backroad.verifier.drivers.database import OnDatabase


@check(needs=("data.creates", "database.recovers_after_a_restart"), seconds=60)
async def run(bench: Bench) -> None:
    """While the database is down, requests are answered 503 with Retry-After, soon, and work again afterwards.

    A request that waits for a database that is gone holds a connection, a thread and a person. 500 says "a bug"; 503
    with Retry-After says "come back", to load balancers and clients alike.

    Fix: turn connection errors of the driver into one 503 with Retry-After, in one place, and bound how long a request
    waits for a connection (two to five seconds).
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    thing = await driver.create(person)
    async with proxy.down():
        await refused_in_time(bench, person, thing, "is down")
    await works_again(bench, person, thing)
