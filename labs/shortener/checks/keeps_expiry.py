import asyncio
import time
from datetime import UTC, datetime

from backroad.verifier import Bench, Unclear, check, expect


@check(needs=("shortener.expires", "durability.survives_kill"), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """A link that expires while the server is down has expired when it is back.

    Timers live in a process. A link that was to end by a timer lives on after the restart, for ever.

    Fix: store the instant and compare it with the clock at each redirect; use timers for cleaning up at most.
    """
    driver = bench.driver
    person = await driver.person()
    for delay in (0.4, 2, 6):
        ends = time.time() + delay
        instant = datetime.fromtimestamp(ends, UTC).isoformat(timespec="milliseconds")
        answer = await person.client.post("/links", json=driver.draft(expires_at=instant))
        if time.time() < ends - 0.05:
            break
    else:
        raise Unclear("the target was too slow to create a link before it expired")
    thing = driver.created(answer)
    await bench.target.kill()
    await asyncio.sleep(max(0.0, ends - time.time()) + 0.05)
    await bench.target.start()
    expect.problem(await driver.follow(thing), 410)
    shown = expect.status(await person.client.get(thing.path), 200)
    expect.field(shown, "expires_at", equals=thing.fields["expires_at"])
