import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import while_

CITIES, SLOW, LIMIT, TRIES = 20, 0.2, 2.0, 3


@check(needs=("weather.compares_cities",), seconds=40)
async def run(bench: Bench) -> None:
    """Twenty cities take about as long as the slowest of them, not as all of them together.

    Calls that do not depend on each other and still wait for each other are the most common reason for a slow page.

    Fix: start all look-ups, then wait for them: asyncio.gather, Promise.all, errgroup, virtual threads.
    """
    driver = bench.driver
    client = bench.client(timeout=20)
    times = []
    async with driver.standin.slow(SLOW):
        for _ in range(TRIES):
            cities = [await driver.subject() for _ in range(CITIES)]
            began = time.perf_counter()
            answer = expect.status(await client.send(driver.compare(cities)), 200)
            times.append(time.perf_counter() - began)
            if times[-1] < LIMIT:
                return
    with while_(f"the upstream takes {SLOW:g} s for each of {CITIES} cities"):
        got = f"{min(times):.1f} s, at the best of {TRIES}"
        expect.that(False, expected=f"an answer within {LIMIT:g} s", got=got, answer=answer)
