import asyncio
import time

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.driver import Person
from backroad.verifier.drivers.database import OnDatabase

WORKERS = 6
OUTAGE = 1.5  # seconds
PAUSE = 0.02  # of a client between two requests


@check(needs=("database.recovers_after_a_restart",), seconds=60)
async def run(bench: Bench) -> None:
    """While clients go on writing, the database is restarted: what was answered with success is there afterwards.

    A pool that hides an error, a queue in memory, a retry that reports the wrong outcome: each turns a minute's outage
    into orders that customers have and the shop has not.

    Fix: answer success after the commit and not before; on a broken connection answer 503 and let the client repeat.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    answers: list[Answer] = []
    ended = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(WORKERS):
            group.create_task(write(bench, person, answers, ended))
        await asyncio.sleep(0.5)
        async with proxy.down():
            await asyncio.sleep(OUTAGE)
        await back(bench, answers)
        ended.set()
    taken = [answer for answer in answers if answer.status in (200, 201)]
    refused = [answer for answer in answers if answer.status not in (200, 201)]
    bench.log(f"{len(taken)} writes taken, {len(refused)} refused")
    odd = [answer for answer in refused if answer.status != 503]
    got = str(odd[0].status) if odd else ""
    expect.that(not odd, expected="201, or 503 while the database is away", got=got, answer=odd[0] if odd else None)
    for answer in taken:
        path = driver.path_of(answer)
        shown = await person.client.get(path)
        expect.that(shown.status == 200, expected=f"200 for {path}, which was answered {answer.status}",
                    got=f"{shown.status} after the outage", answer=[answer, shown])  # fmt: skip


async def write(bench: Bench, person: Person, answers: list[Answer], ended: asyncio.Event) -> None:
    driver: OnDatabase = bench.driver
    while not ended.is_set():
        draft = driver.draft()
        answers.append(await person.client.post(driver.collection.path, json=draft, timeout=driver.answers_within))
        await asyncio.sleep(PAUSE)


async def back(bench: Bench, answers: list[Answer]) -> None:
    """Until writes succeed again, several in a row."""
    driver: OnDatabase = bench.driver
    deadline = time.monotonic() + driver.recovers_within
    while not all(answer.status in (200, 201) for answer in answers[-2 * WORKERS :]):
        expected = f"writes succeed within {driver.recovers_within:.0f} s after the database is back"
        late = time.monotonic() > deadline
        expect.that(not late, expected=expected, got=f"{answers[-1].status} still", answer=answers[-1])
        await asyncio.sleep(0.05)
    await asyncio.sleep(0.3)
