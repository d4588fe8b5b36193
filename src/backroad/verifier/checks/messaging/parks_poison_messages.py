from functools import partial

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.messaging import PARKED, WAITING, Messaging

WITHIN = 6.0


@check(needs=("messaging.tells_the_truth_about_progress",), seconds=60)
async def run(bench: Bench) -> None:
    """A message that can never be worked is parked with a reason, and the ones behind it are worked.

    A poison message that is put back comes again at once, for ever: the queue stands still while the worker is busy.
    One that is dropped is a customer's data gone without a trace.

    Fix: tell errors that pass from errors that stay; try the first a few times, and put the second, and what has used
    up its tries, into a dead-letter queue or table with the reason; then acknowledge.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    bad = {what: await driver.send_poison(person, key, content) for what, content in driver.poisons().items()}
    good = await driver.send_job(person, key)
    for what, job in bad.items():
        state = await driver.until(
            partial(driver.job_state, person, job),
            lambda state: state != WAITING,
            within=WITHIN,
        )
        if state != PARKED:
            expected = f"it is parked within {WITHIN:.0f} s"
            raise Failed(expected=expected, got=f"{what}: it is {state}", exchanges=(job.answer.exchange,))
    await driver.until_done(person, [good], within=WITHIN)
    expect.equal(len(await driver.effects(person, key)), 1, what="the number of jobs that had an effect")
    listed = set(await driver.parked(person))
    missing = [what for what, job in bad.items() if job.id not in listed]
    expect.that(not missing, expected="every parked message is listed", got=f"not listed: {', '.join(missing)}")
