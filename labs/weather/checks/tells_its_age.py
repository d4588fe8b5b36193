import asyncio
import math
import time

from backroad.verifier import Answer, Bench, check, expect

FRESH, STALE, PAUSE = 120, 240, 1.1


@check(needs=("upstreams.asks_once_per_ttl",), control=True, seconds=20)
async def run(bench: Bench) -> None:
    """Cache-Control says how long an answer may be kept, and Age how much of that has passed.

    Caches stack: yours, the CDN's, the browser's. If each one starts from zero, a minute of freshness becomes three.

    Fix: `Cache-Control: public, max-age=<CACHE_SECONDS>, stale-if-error=<STALE_SECONDS>` with every 200 and 304, and
    `Age` with the whole seconds since the upstream's answer came.
    """
    driver = bench.driver
    instance = await driver.instance(fresh=FRESH, stale=STALE)
    city = await driver.subject()
    before = time.perf_counter()
    first = expect.status(await instance.ask(city), 200)
    after = time.perf_counter()
    judge(first, 0, after - before)
    await asyncio.sleep(PAUSE)
    for _ in range(2):
        began = time.perf_counter()
        answer = expect.status(await instance.ask(city), 200)
        judge(answer, began - after, time.perf_counter() - before)


def judge(answer: Answer, least: float, most: float) -> None:
    """Between `least` and `most` seconds have passed since the upstream was asked."""
    directives = {part.strip().lower() for part in expect.header(answer, "cache-control").split(",")}
    for wanted in ("public", f"max-age={FRESH}", f"stale-if-error={STALE}"):
        got = f"Cache-Control: {answer.headers['cache-control']}"
        expect.that(wanted in directives, expected=f"{wanted} in Cache-Control", got=got, answer=answer)
    age = int(expect.header(answer, "age", matches=r"^\d+$"))
    low, high = math.floor(least), math.ceil(most)
    expected = f"Age: {low}" if high == low + 1 else f"Age from {low} to {high}"
    expect.that(low <= age <= high, expected=expected, got=f"Age: {age}", answer=answer)
