from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import DONE, PARKED, WAITING


@check(needs=("messaging.parks_poison_messages", "orders.takes_deliveries"), seconds=30)
async def run(bench: Bench) -> None:
    """A parked delivery can be tried again once its cause is gone, and then counts once.

    Half of what is parked was right, and only too early. If the way back is a script that somebody runs by hand against
    the database, it is run twice.

    Fix: keep what was parked as it came; a retry sends it into the same queue as a new message and takes it off the
    list, both in one transaction, and is refused (409) for what is not parked.
    """
    driver = bench.driver
    person = await driver.person()
    sku = bench.word("early-")
    job = await driver.send_job(person, sku)
    state = await driver.until(lambda: driver.job_state(person, job), lambda state: state != WAITING)
    expect.equal(state, PARKED, what="the state of a delivery of a product that is not there yet")
    shown = expect.status(await person.client.get(job.path), 200)
    expect.field(shown, "reason", matches=".")
    expect.equal(await driver.parked(person), [job.id], what="the list of what is parked")
    await driver.create(person, sku=sku, stock=0)
    answers = await bench.at_once(5, lambda: person.request("POST", f"{job.path}/retry"))
    expect.exactly_one(answers, 202, rest=409)
    state = await driver.until(lambda: driver.job_state(person, job), lambda state: state != WAITING)
    expect.equal(state, DONE, what="the state after the retry")
    expect.equal(len(await driver.effects(person, sku)), 1, what="the number of movements")
    expect.equal(await driver.parked(person), [], what="the list of what is parked")
    expect.problem(await person.client.post(f"{job.path}/retry"), 409)
