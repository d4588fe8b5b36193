from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

MIB = 1 << 20
WARM, ROUNDS, EACH = 200, 3, 400
ALLOWED = 0.5  # of the bytes sent; a leak keeps all of them


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
    growths = []
    for _ in range(ROUNDS):
        await send(EACH)
        now = bench.target.memory()
        growths.append(now - before)
        before = now
    sent = EACH * len(body)
    bench.log(f"growth in MiB for each {sent / MIB:.0f} MiB sent: {', '.join(f'{one / MIB:.1f}' for one in growths)}")
    leaks = all(growth > ALLOWED * sent for growth in growths)
    expect.that(
        not leaks,
        expected=f"memory that levels off while {ROUNDS * EACH:,} requests are refused",
        got=f"about as much more memory as was sent, {ROUNDS * sent / MIB:.0f} MiB",
    )
