import asyncio
from functools import partial

from backroad.verifier import Bench, check
from backroad.verifier.drivers.messaging import Messaging
from backroad.verifier.histories import queue

TAKES, ROUNDS = 0.6, 2


@check(needs=("messaging.works_each_job_once",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """A job whose worker is killed in the middle of it is worked again, to its end.

    Workers are killed every day, by deploys and by the kernel. A job that was acknowledged when it was taken is gone
    with its worker, and nobody misses it before the customer does.

    Fix: acknowledge after the effect is committed, not when the message arrives; and note that a message was seen in
    the same transaction as its effect, never before it.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    keys = [await driver.job_key(person) for _ in range(ROUNDS)]
    for key in keys:
        jobs = [await driver.send_job(person, key, takes=TAKES) for _ in range(2)]
        await asyncio.sleep(TAKES / 2)
        await driver.kill(driver.worker)
        await driver.start(driver.worker)
        await driver.until(partial(driver.effects, person, key), lambda seen: len(seen) >= 2)
        sent = "2 jobs of one key, kill -9 of the worker in the middle of the first, a new start"
        queue(await driver.worked(person, key, jobs)).conclude(sent)
