from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import DONE, WAITING, Messaging

TAKES = 0.8


@check(needs=("data.creates",), seconds=30)
async def run(bench: Bench) -> None:
    """What is queued is answered 202 with where to look; it is waiting until it is done, and done only when it is.

    202 means "I have it", not "it is done". A client that is told done too early shows goods that are not there, and
    one that is never told asks support.

    Fix: answer 202 with Location and a state that says that it waits; set the final state when the worker reports its
    result, in the same transaction in which you note that report.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    job = await driver.send_job(person, key, takes=TAKES)
    location = expect.header(job.answer, "Location")
    expect.that(location.endswith(job.path), expected=f"Location: {job.path}", got=f"Location: {location}")
    state = await driver.job_state(person, job)
    effects = await driver.effects(person, key)
    if not effects:  # it was read after the state: the job was not done then either
        expect.equal(state, WAITING, what="the state of a job that had no effect yet")
    state = await driver.until(lambda: driver.job_state(person, job), lambda state: state != WAITING)
    expect.equal(state, DONE, what="the state in the end")
    effects = await driver.effects(person, key)
    expect.equal(len(effects), 1, what="the number of effects of a job that is done")
    expect.equal(await driver.job_state(person, job), DONE, what="the state a moment later")
