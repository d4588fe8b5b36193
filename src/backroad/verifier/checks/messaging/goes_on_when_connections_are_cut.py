from backroad.verifier import Bench, check
from backroad.verifier.drivers.messaging import Messaging
from backroad.verifier.histories import queue

CUTS = 4


@check(needs=("messaging.works_each_job_once", "messaging.publishes_what_it_commits"), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """When the connections to the broker are cut, consumers and publishers connect again and go on.

    Load balancers cut idle connections, brokers are updated, cables are pulled. A consumer that ends with its
    connection leaves a process that looks healthy and does nothing.

    Fix: treat a lost connection as weather: an endless loop around connect, subscribe and read, with a pause; for
    publishing the same in the relay of the outbox.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    jobs = []
    for _ in range(CUTS):
        jobs.append(await driver.send_job(person, key, takes=0.1))
        cut = sum(broker.cut() for broker in driver.brokers())
        bench.log(f"{cut} connections to the broker were cut")
        await driver.until_done(person, jobs, within=10, after="the connections to the broker were cut")
    sent = f"{CUTS} jobs, with all connections to the broker cut after each"
    queue(await driver.worked(person, key, jobs)).conclude(sent)
