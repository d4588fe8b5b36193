from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

MIB = 1 << 20
WARM, ROUNDS, EACH = 200, 12, 300  # requests; garbage collectors let memory grow for a while before they work
ALLOWED = 0.5  # of the bytes sent in a round; a leak keeps all of them in every round


@check(needs=("limits.refuses_large_bodies", "http.refuses_broken_json"), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """Memory does not grow with the number of requests served.

    A list that remembers every request, a cache without an end: it takes days, then the machine stops at night.

    Fix: put a bound on everything that is kept between requests (caches, logs in memory, queues), and let bodies go.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    body = b'{"cut off": "' + b"x" * (collection.body_limit - 1000)
    headers = {"Content-Type": "application/json"}

    async def send(count: int) -> None:
        for _ in range(count):
            expect.status(await person.client.post(collection.path, headers=headers, body=body), 400)

    await send(WARM)
    before = bench.target.memory()
    sent = EACH * len(body)
    for number in range(1, ROUNDS + 1):
        await send(EACH)
        now = bench.target.memory()
        grown, before = now - before, now
        bench.log(f"round {number}: {sent / MIB:.0f} MiB sent, memory grew by {grown / MIB:.1f} MiB")
        if grown < ALLOWED * sent:
            return
    expect.that(
        False,
        expected=f"memory that levels off while {ROUNDS * EACH:,} requests are refused",
        got=f"more memory after each of {ROUNDS} rounds, by more than half of what was sent in it",
    )
