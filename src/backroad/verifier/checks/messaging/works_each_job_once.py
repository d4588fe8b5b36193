import asyncio
from contextlib import AsyncExitStack
from functools import partial

from backroad.verifier import Bench, check
from backroad.verifier.drivers.messaging import Messaging
from backroad.verifier.histories import queue

JOBS, TAKES, AGAIN = 4, 0.5, 1.5


@check(needs=("messaging.tells_the_truth_about_progress",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """A job that is delivered twice has its effect once.

    Every broker delivers at least once: when an acknowledgement is lost, the message comes again. A consumer that does
    not remember what it has worked then ships, charges or mails twice.

    Fix: give each message an id; in the transaction that makes the effect insert the id into a table where it is
    unique, and if it is there already acknowledge and do nothing.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    jobs = [await driver.send_job(person, key, takes=TAKES if number == 0 else 0) for number in range(JOBS)]
    await asyncio.sleep(TAKES * 0.6)  # the worker has them by now, and is busy with the first
    brokers = driver.brokers()
    async with AsyncExitStack() as faults:
        for broker in brokers:
            await faults.enter_async_context(broker.drop())
        await driver.until(lambda: driver.effects(person, key), lambda seen: len(seen) >= JOBS, within=TAKES + 2)
        bench.log("the broker cannot be reached: what was worked is not acknowledged; kill -9 of the worker")
        await driver.kill(driver.worker)
        for broker in brokers:
            broker.cut()  # the acknowledgements that were on their way
    await driver.start(driver.worker)
    for number, within in ((JOBS, None), (JOBS + 1, AGAIN)):  # all of them; and then time for one too many
        await driver.until(partial(driver.effects, person, key), partial(at_least, number), within=within)
    sent = (
        f"{JOBS} jobs; their acknowledgements are lost, kill -9 of the worker, a new start: the broker delivers again"
    )
    queue(await driver.worked(person, key, jobs)).conclude(sent)


def at_least(number: int, effects: list[str]) -> bool:
    return len(effects) >= number
