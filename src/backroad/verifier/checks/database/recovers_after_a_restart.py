import asyncio
import time

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.client import Client
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.driver import Thing
from backroad.verifier.drivers.database import OnDatabase

GOOD = 12  # requests in a row, more than a pool has connections that may be dead


@check(needs=("data.creates",), seconds=40)
async def run(bench: Bench) -> None:
    """After the database was restarted the server works again by itself.

    Databases are patched and fail over at night. A server that keeps the dead connection answers errors until somebody
    wakes up and restarts it.

    Fix: a pool that throws away broken connections and opens new ones (test on borrow, or retry once on a connection
    error before anything was written), and 503 until it can.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    thing = await driver.create(person)
    await bench.at_once(8, person.request("GET", thing.path))  # opens what the pool has
    if not proxy.open_connections:
        raise Unavailable("the target has no connection to the database of DATABASE_URL")
    proxy.cut()
    await comes_back(bench, person.client, thing, "all its connections were reset")
    async with proxy.down():
        await asyncio.sleep(0.5)
        await person.client.get(thing.path, timeout=driver.answers_within)
    await comes_back(bench, person.client, thing, "it was down for a moment")
    await driver.create(person)


async def comes_back(bench: Bench, client: Client, thing: Thing, after: str) -> None:
    """Within `recovers_within` seconds many requests in a row succeed; until then server errors are fine."""
    driver: OnDatabase = bench.driver
    deadline = time.monotonic() + driver.recovers_within
    good, last = 0, None
    while good < GOOD:
        answer: Answer = await client.get(thing.path, timeout=driver.answers_within)
        expected = f"200, or a server error for a moment, after {after}"
        fine = answer.status == 200 or answer.status >= 500
        expect.that(fine, expected=expected, got=str(answer.status), answer=answer)
        good, last = (good + 1, last) if answer.status == 200 else (0, answer)
        if answer.status != 200:
            late = time.monotonic() > deadline
            expected = f"200 again within {driver.recovers_within:.0f} s after {after}"
            expect.that(not late, expected=expected, got=f"{answer.status} still", answer=last)
            await asyncio.sleep(0.1)
