import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

WITHIN = 1.1


@check(needs=("upstreams.survives_garbage",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """A failure is forgotten within a second, and no shared cache may keep it.

    An error that is kept like an answer outlives its cause by the whole lifetime, in your cache or in a CDN before it.

    Fix: write only good answers into the cache; send Cache-Control: no-store with every error.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance()
    subject = await driver.subject()
    async with driver.standin.wrong("error"):
        with while_("the upstream answers 500"):
            failed = expect.status(await instance.ask(subject), 502)
            kept = (failed.headers.get("cache-control") or "nothing").lower()
            fine = "no-store" in kept or "max-age=0" in kept or "no-cache" in kept
            expect.that(fine, expected="Cache-Control: no-store", got=f"Cache-Control: {kept}", answer=failed)
    await asyncio.sleep(WITHIN)
    with while_(f"the upstream has been well for {WITHIN:g} s"):
        expect.status(await instance.ask(subject), 200)
