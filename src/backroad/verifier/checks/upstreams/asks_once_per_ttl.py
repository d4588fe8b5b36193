import asyncio
import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams

FRESH, ASKED, TRIES = 0.6, 5, 4


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """Within its lifetime an answer comes from the cache, and after it from the upstream.

    Upstreams count calls and send bills. A cache that never ends is worse: nobody notices for days that it tells the
    weather of Monday.

    Fix: keep the answer with the moment it came, compare its age with CACHE_SECONDS on each read.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance(fresh=FRESH)
    for _ in range(TRIES):
        subject = await driver.subject()
        async with driver.standin.counting() as seen:
            began = time.perf_counter()
            answers = [await instance.ask(subject) for _ in range(ASKED)]
        if time.perf_counter() - began < FRESH * 0.9:
            break
    else:
        bench.unclear("the target answers too slowly to be asked often enough within the lifetime")
    expect.all_of(answers, 200)
    expect.that(seen.count == 1, expected="one call of the upstream", got=f"{seen.count} calls", answer=answers)
    driver.change(subject)
    await asyncio.sleep(FRESH + 0.2)
    answer = expect.status(await instance.ask(subject), 200)
    news = driver.content(answer) != driver.content(expect.status(answers[0], 200))
    expected = f"what the upstream says now, {FRESH + 0.2:g} s later, where an answer is kept for {FRESH:g} s"
    expect.that(news, expected=expected, got="the old answer", answer=answer)
