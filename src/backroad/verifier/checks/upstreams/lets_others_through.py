from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.upstreams import Upstreams, while_

HANGING, TIMEOUT, LIMIT = 20, 6.0, 3.0


@check(needs=("upstreams.times_out",), control=True, seconds=40)
async def run(bench: Bench) -> None:
    """Twenty calls that hang do not hold up anybody else: not the health path, nor what is known, nor what is new.

    One worker thread, one lock or a pool of ten connections is enough: while the first requests wait for a sick
    upstream, all the others wait for them.

    Fix: wait without blocking a thread or holding a lock, with a pool of connections larger than the number that may
    hang, and a deadline on each call.
    """
    driver: Upstreams = bench.driver
    standin = driver.standin
    instance = await driver.instance(timeout=TIMEOUT)
    known = await driver.subject()
    expect.status(await instance.ask(known), 200)
    before = standin.count
    async with (
        standin.wrong("silent", times=HANGING),
        instance.asking([await driver.subject() for _ in range(HANGING)]),
    ):
        all_came = await standin.until(before + HANGING, within=TIMEOUT / 2)
        if not all_came and standin.count == before:
            bench.unclear("no call reached the upstream in time")
        with while_(f"{HANGING} calls of the upstream hang"):
            if not all_came:
                raise Failed(
                    sent=f"{HANGING} requests for something new at the same time, while the upstream never answers",
                    expected=f"{HANGING} calls of the upstream at the same time",
                    got=f"{standin.count - before} of them; the others wait until those have ended",
                )
            for request in (bench.request("GET", driver.health), driver.ask(known), driver.ask(await driver.subject())):
                expect.status(await instance.client.send(request, timeout=LIMIT), 200)
