import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

FAILURES, COOLDOWN, CLIENTS = 3, 0.6, 20


@check(needs=("upstreams.opens_the_breaker",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """When the breaker's time is over one call tries the upstream; the others wait for what it learns.

    All that piled up in the meantime, sent at the same moment, is what an upstream that is just coming back survives
    least.

    Fix: let the first caller after the pause through alone and refuse the rest until it has ended; if it fails, the
    whole pause begins again.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance(failures=FAILURES, cooldown=COOLDOWN, timeout=3)
    async with driver.standin.wrong("error"):
        for _ in range(2 * FAILURES):
            await instance.ask(await driver.subject())
    await asyncio.sleep(COOLDOWN + 0.2)
    async with driver.standin.wrong("error"), driver.standin.slow(0.7), driver.standin.counting() as seen:
        answers = await instance.ask_at_once([await driver.subject() for _ in range(CLIENTS)])
    with while_("the breaker's time is over and the upstream still answers 500"):
        got = f"{seen.count} calls"
        expect.that(seen.count <= 1, expected="one call of the upstream", got=got, answer=answers)
        expect.all_of(answers, (502, 503))
