import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams

CLIENTS, FRESH, SLOW = 30, 0.8, 0.5


@check(needs=("upstreams.answers_from_it", "upstreams.asks_once_per_ttl"), control=True, seconds=30)
async def run(bench: Bench) -> None:
    """Thirty clients who miss the cache at the same moment cost one call of the upstream.

    The entry of a busy key ends for everybody at once. Without a brake the upstream gets the full load in that second,
    and gets slower, so that even more miss.

    Fix: keep the call that is under way for each key (a map of promises, singleflight, a lock per key) and let the
    others wait for its result.
    """
    driver: Upstreams = bench.driver
    instance = await driver.instance(fresh=FRESH)
    subject = await driver.subject()
    for when, pause in (("for a new key", 0.0), ("when the entry of the key had ended", FRESH + 0.2)):
        await asyncio.sleep(pause)
        async with driver.standin.slow(SLOW), driver.standin.counting() as seen:
            answers = await instance.ask_at_once([subject] * CLIENTS)
        expect.all_of(answers, 200)
        got = f"{seen.count} calls {when}"
        expect.that(seen.count == 1, expected="one call of the upstream", got=got, answer=answers)
