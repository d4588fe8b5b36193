from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.messaging import Messaging

TAKES = (0.6, 0.0, 0.3)


@check(needs=("messaging.tells_the_truth_about_progress",), seconds=40)
async def run(bench: Bench) -> None:
    """Jobs of one key are worked in the order in which they were accepted, also when the first takes longest.

    "Price is 10" and "price is 12" are both true, in one order. Workers that overtake one another leave the older one
    standing.

    Fix: give all messages of one key to one worker at a time: a partition, a consistent hash, or a lock for each key
    that is taken in the order of the queue.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    jobs = [await driver.send_job(person, key, takes=takes) for takes in TAKES]
    await driver.until(lambda: driver.effects(person, key), lambda seen: len(seen) >= len(jobs))
    numbers = {job.id: number for number, job in enumerate(jobs, 1)}
    order = [numbers.get(effect, 0) for effect in await driver.effects(person, key)]
    if order != list(numbers.values()):
        raise Failed(
            sent=f"{len(jobs)} jobs of one key, of which the first takes {TAKES[0]} s and the last {TAKES[-1]} s",
            expected="they have their effect in the order 1, 2, 3",
            got=f"the order {', '.join(map(str, order))}",
            exchanges=[job.answer.exchange for job in jobs],
        )
