import asyncio
import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

WAIT, AFTER, TRIES = 1, 5, 4
TROUBLE = f"the upstream answers 429 with Retry-After: {WAIT}"


@check(needs=("upstreams.answers_from_it",), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """When the upstream says 429, nobody calls it before its Retry-After is over; clients get 503 with theirs.

    Whoever goes on calling is blocked for longer, or pays for it. The client did nothing wrong, so 429 is not for them.

    Fix: keep the moment until which to wait, refuse before you call, and answer 503 with the seconds that are left.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance()
    for _ in range(TRIES):
        async with standin.limit(retry_after=WAIT), standin.counting() as seen:
            first = time.perf_counter()
            answers = [await instance.ask(await driver.subject()) for _ in range(1 + AFTER)]
            took, calls = time.perf_counter() - first, seen.count
        if took < WAIT * 0.8:
            break
        await asyncio.sleep(WAIT)
    else:
        bench.unclear("the target answers too slowly to be asked often enough within the wait")
    with while_(TROUBLE):
        for answer in answers:
            driver.refusal(answer, 503)
            wait = expect.header(answer, "retry-after", matches=r"^\d+$")
            fits = 1 <= int(wait) <= WAIT
            expect.that(fits, expected=f"Retry-After from 1 to {WAIT}", got=f"Retry-After: {wait}", answer=answer)
        expect.that(calls == 1, expected="one call of the upstream", got=f"{calls} calls", answer=answers)
    await asyncio.sleep(WAIT + 0.3)
    with while_("the time that the upstream asked for is over"):
        expect.status(await instance.ask(await driver.subject()), 200)
