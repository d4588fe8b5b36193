import asyncio

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.checks.database.waiting import works_again
from backroad.verifier.checks.http.wire import during
from backroad.verifier.drivers.database import OnDatabase
from backroad.verifier.wording import tally

CLIENTS = 40
SLOW = 0.1  # seconds, for each answer of the database
QUICK, FACTOR = 2.0, 20  # seconds for a health path that asks nobody, or so many times what it took before


@check(needs=("data.creates",), seconds=60)
async def run(bench: Bench) -> None:
    """When the database is slow and forty ask at once, the health path is quick, each is answered, and it passes.

    A slow database fills the pool. If requests then wait in the event loop or for ever, the health check fails, the
    orchestrator kills the server, and a slow minute becomes an outage.

    Fix: never call a blocking driver from the event loop; bound the pool, and the time that a request waits for a
    connection; answer 503 when it is over. The health path asks nobody.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    thing = await driver.create(person)
    request = person.request("GET", thing.path)
    quick = max(QUICK, FACTOR * await slowest(bench))
    async with proxy.latency(SLOW):
        burst = asyncio.create_task(bench.at_once(CLIENTS, request, timeout=2 * driver.answers_within))
        try:
            await asyncio.sleep(0.6)
            with during("while the database is slow and forty wait for it"):
                expect.status(await bench.client().get(driver.health, timeout=quick), 200)
            answers = await burst
        finally:
            burst.cancel()
    odd = [answer for answer in answers if not isinstance(answer, Answer) or answer.status not in (200, 503)]
    got = tally(answer.status if isinstance(answer, Answer) else None for answer in answers)
    expect.that(not odd, expected=f"200 or 503 for each of {CLIENTS}", got=got, answer=odd[:1] or answers[:1])
    served = any(isinstance(answer, Answer) and answer.status == 200 for answer in answers)
    expect.that(served, expected="some of them answered 200", got=got, answer=answers[:1])
    await works_again(bench, person, thing)


async def slowest(bench: Bench) -> float:
    """Of a few looks at the health path, in seconds: on a busy machine everything is slow."""
    return max([(await bench.client().get(bench.driver.health)).seconds for _ in range(3)])
