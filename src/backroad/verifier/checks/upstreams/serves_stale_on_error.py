import asyncio
from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

FRESH = 0.1


@check(needs=("upstreams.asks_once_per_ttl",), control=True, seconds=40)
async def run(bench: Bench) -> None:
    """When the upstream fails, what was known a moment ago is answered, and what is new as soon as it is well.

    The weather of ten minutes ago is worth more than an error page, as long as it does not pass for fresh.

    Fix: keep expired entries for STALE_SECONDS; try the upstream first, and fall back to them on any failure of it: an
    error, a timeout, an open breaker, a 429.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(fresh=FRESH, stale=3600, timeout=0.4)
    subject = await driver.subject()
    known = driver.content(expect.status(await instance.ask(subject), 200))
    driver.change(subject)
    for trouble, begin in (
        ("the upstream answers 500", partial(standin.wrong, "error")),
        ("the upstream sends JSON of another shape", partial(standin.wrong, "shape")),
        ("the upstream never answers", partial(standin.wrong, "silent")),
        ("the upstream refuses connections", standin.down),
        ("the upstream answers 429", partial(standin.limit, retry_after=1)),
    ):
        await asyncio.sleep(FRESH + 0.05)
        async with begin():
            with while_(trouble):
                answer = expect.status(await instance.ask(subject), 200)
                expect.equal(driver.content(answer), known, what="what was known before", answer=answer)
    await asyncio.sleep(1.3)
    with while_("the upstream is well again"):
        answer = expect.status(await instance.ask(subject), 200)
        news = driver.content(answer) != known
        expect.that(news, expected="what the upstream says now", got="the stale answer", answer=answer)
