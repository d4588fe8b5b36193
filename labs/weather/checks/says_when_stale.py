import asyncio
import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import while_

FRESH, STALE = 0.5, 2.0


@check(needs=("upstreams.serves_stale_on_error",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """What is stale says so, in `stale` and in an Age above max-age, and is not shown beyond STALE_SECONDS.

    Old data that looks new is a lie; old data that says so is a service. After a while it helps nobody any more.

    Fix: `stale: true` when the age is over CACHE_SECONDS, an honest Age, and the error itself once CACHE_SECONDS and
    STALE_SECONDS are both over.
    """
    driver = bench.driver
    instance = await driver.instance(fresh=FRESH, stale=STALE)
    city = await driver.subject()
    began = time.perf_counter()
    fresh = expect.status(await instance.ask(city), 200)
    came = time.perf_counter()
    expect.field(fresh, "stale", equals=False)
    async with driver.standin.wrong("error"):
        await asyncio.sleep(1.2)  # Age counts whole seconds
        with while_("the upstream answers 500"):
            answer = await instance.ask(city)
            if time.perf_counter() - began > FRESH + STALE:
                bench.unclear("the target answers too slowly to be asked in time")
            expect.field(expect.status(answer, 200), "stale", equals=True)
            age = int(expect.header(answer, "age", matches=r"^\d+$"))
            expect.that(
                age > FRESH,
                expected=f"an Age above the {FRESH:g} s for which it is fresh",
                got=f"Age: {age}",
                answer=answer,
            )
        await asyncio.sleep(max(0.0, came + FRESH + STALE + 0.2 - time.perf_counter()))
        with while_("the upstream has answered 500 for longer than STALE_SECONDS"):
            expect.problem(await instance.ask(city), 502)
