import asyncio

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.messaging import Messaging
from backroad.verifier.histories import queue

JOBS, TAKES, LIMIT = 3, 2.0, 4.0


@check(
    needs=("messaging.loses_no_job_when_a_worker_is_killed", "durability.survives_restart"), seconds=60, control=True
)
async def run(bench: Bench) -> None:
    """On SIGTERM a worker stops within four seconds, finishes or hands back what it holds, and loses nothing.

    Each deploy stops the workers. One that first empties its queue is killed half-way every time; one that drops what
    it holds needs luck.

    Fix: on SIGTERM stop taking messages, finish the one in hand or leave it unacknowledged, close the connection so
    that the broker gives the rest to others, and exit.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    jobs = [await driver.send_job(person, key, takes=TAKES) for _ in range(JOBS)]
    await asyncio.sleep(0.4)
    stopped = await bench.target.stop()
    sent = f"{JOBS} jobs of one key that take {TAKES:.0f} s each, then SIGTERM"
    if stopped.killed or stopped.seconds > LIMIT:
        got = "still running when killed" if stopped.killed else f"it took {stopped.seconds:.1f} s"
        raise Failed(sent=sent, expected=f"the target ends within {LIMIT:.0f} s", got=got)
    await bench.target.start()
    await driver.until(lambda: driver.effects(person, key), lambda seen: len(seen) >= JOBS)
    queue(await driver.worked(person, key, jobs)).conclude(f"{sent}, and a new start")
