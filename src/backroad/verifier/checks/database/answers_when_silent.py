import asyncio
import time

from backroad.verifier import Bench, LostAnswer, check, expect
from backroad.verifier.checks.database.waiting import refused_in_time
from backroad.verifier.drivers.database import OnDatabase


@check(needs=("database.answers_when_down",), seconds=60)
async def run(bench: Bench) -> None:
    """While the database says nothing at all, requests are answered 503 in time, and work again afterwards.

    A network that swallows packets gives no error. Without a time limit of its own every request waits for minutes, and
    what holds the front of the queue holds everybody.

    Fix: a time limit around each use of the database, the wait for a connection included: in the driver (statement and
    socket timeouts) or around the call.
    """
    driver: OnDatabase = bench.driver
    proxy = bench.dependency(driver.database)
    person = await driver.person()
    thing = await driver.create(person)
    async with proxy.drop():
        await refused_in_time(bench, person, thing, "says nothing")
    deadline = time.monotonic() + driver.recovers_within
    while True:
        try:
            answer = await person.client.get(thing.path, timeout=driver.recovers_within)
            if answer.status != 503 or time.monotonic() > deadline:
                break
        except LostAnswer:
            if time.monotonic() > deadline:
                raise
        await asyncio.sleep(0.1)
    expect.status(answer, 200)
