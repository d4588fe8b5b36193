import asyncio
import time

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.checks.http.wire import during
from backroad.verifier.drivers.operations import OperatedOnDatabase


@check(needs=("http.answers_health", "database.recovers_after_a_restart"), seconds=40)
async def run(bench: Bench) -> None:
    """Readiness is 503 while the database is down and 200 once it is back; the health path stays 200 throughout.

    Readiness takes a server out of the load balancer, liveness kills it. A readiness that always says yes sends people
    to errors; a liveness that asks the database has every server restarted because one database hiccups.

    Fix: two paths. Readiness asks the database with a short time limit; liveness answers 200 without asking anybody.
    """
    driver: OperatedOnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    expect.status(await bench.client().get(driver.ready), 200)
    async with proxy.down():
        await becomes(bench, 503, "while the database is down")
        for _ in range(3):
            expect.status(await bench.client().get(driver.ready, timeout=driver.answers_within), 503)
            with during("while the database is down"):
                expect.status(await bench.client().get(driver.health), 200)
    await becomes(bench, 200, "once the database is back")


async def becomes(bench: Bench, status: int, when: str) -> None:
    driver: OperatedOnDatabase = bench.driver
    deadline = time.monotonic() + driver.recovers_within
    while True:
        answer: Answer = await bench.client().get(driver.ready, timeout=driver.answers_within)
        if answer.status == status:
            return
        if time.monotonic() > deadline:
            break
        await asyncio.sleep(0.1)
    expected = f"{status} {when}, within {driver.recovers_within:.0f} s"
    expect.that(False, expected=expected, got=str(answer.status), answer=answer)
