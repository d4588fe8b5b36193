import asyncio
import time
from datetime import UTC, datetime

from backroad.verifier import Bench, Unclear, check, expect


@check(needs=("shortener.follows_changes", "shortener.peeks_with_head"), seconds=20)
async def run(bench: Bench) -> None:
    """From its expiry on a link answers 410; its owner still sees it and can revive it.

    410 says "was here, is over", so that search engines drop it and people understand. A link that works for another
    minute is an offer that has to be honoured.

    Fix: compare expires_at with the clock at each redirect, also for cached links; keep the row.
    """
    driver = bench.driver
    person = await driver.person()
    for delay in (0.4, 2, 6):
        ends = time.time() + delay
        instant = datetime.fromtimestamp(ends, UTC).isoformat(timespec="milliseconds")
        thing = await driver.create(person)
        before = await driver.follow(thing)
        changed = await person.client.patch(thing.path, json={"expires_at": instant})
        alive = await driver.follow(thing)
        if time.time() < ends - 0.05:
            break
    else:
        raise Unclear("the target was too slow to see a link before it expired")
    expect.status(changed, 200)
    for answer in (before, alive):
        expect.status(answer, 302)
    await asyncio.sleep(ends - time.time() + 0.1)
    expect.problem(await driver.follow(thing), 410)
    expect.status(await bench.client().head(driver.public(thing)[0]), 410)
    expect.field(expect.status(await person.client.get(thing.path), 200), "clicks", equals=2)
    expect.status(await person.client.patch(thing.path, json={"expires_at": None}), 200)
    expect.status(await driver.follow(thing), 302)
