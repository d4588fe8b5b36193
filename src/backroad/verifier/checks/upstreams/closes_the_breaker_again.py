import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

FAILURES, COOLDOWN, AFTER = 5, 0.5, 5


@check(needs=("upstreams.opens_the_breaker",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """Once the upstream is well and the breaker's time is over, everything is as before.

    A breaker that stays open, or needs a restart, turns their minute of trouble into your hour.

    Fix: after the pause let one call try; when it succeeds, close the breaker and forget the failures.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance(failures=FAILURES, cooldown=COOLDOWN)
    async with driver.standin.wrong("error"):
        for _ in range(2 * FAILURES):
            await instance.ask(await driver.subject())
    await asyncio.sleep(COOLDOWN + 0.2)
    with while_("the upstream is well again and the breaker's time is over"):
        for _ in range(AFTER):
            expect.status(await instance.ask(await driver.subject()), 200)
    async with driver.standin.wrong("error"):
        with while_("the upstream answers 500 once more"):
            driver.refusal(await instance.ask(await driver.subject()), 502)
    with while_("the upstream is well again, after one more failure"):
        expect.status(await instance.ask(await driver.subject()), 200)
