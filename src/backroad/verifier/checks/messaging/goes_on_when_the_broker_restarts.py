import asyncio
from contextlib import AsyncExitStack

from backroad.verifier import Bench, check
from backroad.verifier.drivers.messaging import Messaging

AWAY = 2.0


@check(needs=("messaging.goes_on_when_connections_are_cut",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """After two seconds without a broker everybody finds it again, and jobs are worked as before.

    A broker that is updated is away for seconds or minutes. Clients that give up after a few tries wait for somebody to
    restart them, at night.

    Fix: no limit on the number of attempts, a pause between them that grows to a few seconds, and a time limit on each.
    """
    driver: Messaging = bench.driver
    person = await driver.person()
    key = await driver.job_key(person)
    before = await driver.send_job(person, key)
    await driver.until_done(person, [before])
    async with AsyncExitStack() as faults:
        for broker in driver.brokers():
            await faults.enter_async_context(broker.down())
        bench.log(f"the broker is away for {AWAY:.0f} s")
        await asyncio.sleep(AWAY)
    after = await driver.send_job(person, key)
    await driver.until_done(person, [after], after=f"the broker was away for {AWAY:.0f} s")
