import statistics

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Instance, Upstreams, while_

EACH, ROUNDS = 10, 3
LEAST = 0.01  # seconds between the quartiles; a pause drawn from 100 ms has 50, a fixed one next to none


@check(needs=("upstreams.retries_a_hiccup",), control=True, seconds=40)
async def run(bench: Bench) -> None:
    """The pause before a retry is random, so that those who failed together do not come back together.

    A thousand clients that lost the same call and all wait exactly 200 ms are one wave, and the next one 200 ms later.

    Fix: draw the pause: sleep(random.uniform(0, 0.2)), known as full jitter.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance()
    pauses: list[float] = []
    for _ in range(ROUNDS):
        pauses += await measure(driver, instance)
        quarter = statistics.quantiles(pauses, n=4)
        if quarter[2] - quarter[0] >= LEAST:
            return
    got = f"half of the {len(pauses)} pauses differ by less than {LEAST * 1000:.0f} ms"
    with while_("the upstream fails each first call"):
        expect.that(
            False, expected="pauses drawn at random", got=got, answer=await instance.ask(await driver.subject())
        )


async def measure(driver: Upstreams, instance: Instance) -> list[float]:
    """Seconds between the first call of a request, which fails, and the second."""
    pauses = []
    for _ in range(EACH):
        async with driver.standin.wrong("error", times=1), driver.standin.counting() as seen:
            with while_("the upstream fails each first call"):
                expect.status(await instance.ask(await driver.subject()), 200)
        pauses.append(seen.work[-1].at - seen.work[0].at)
    return pauses
