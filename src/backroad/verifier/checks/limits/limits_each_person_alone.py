import msgspec

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.http import Http
from backroad.verifier.exchange import merge

FORGED = ({"X-Forwarded-For": "203.0.113.7"}, {"X-Real-IP": "203.0.113.8"}, {"User-Agent": "another"})


@check(needs=("limits.says_when_to_come_back",), seconds=30)
async def run(bench: Bench) -> None:
    """One person's limit does not slow another, and no header or new connection loosens it.

    A limit for all together lets one script lock everybody out. A limit by address punishes an office and lets through
    whoever writes another address into a header.

    Fix: count by who the credentials say it is, after you have checked them, and by nothing that the client can choose.
    """
    driver: Http = bench.driver
    alice, bob = await driver.person(), await driver.person()
    request = driver.limited(alice)
    for _ in range(3):  # a window may end while we are at it
        answers = [await alice.client.send(request) for _ in range(2 * driver.allowance + 1)]
        if answers[-1].status != 429:
            continue
        expect.status(await bob.client.send(driver.limited(bob)), 200)
        tried = [msgspec.structs.replace(request, headers=merge(request.headers, forged)) for forged in FORGED]
        forged = [await bench.client().send(one) for one in tried]
        if (await alice.client.send(request)).status == 429:
            expect.all_of(forged, 429)
            return
    bench.unclear("the limit that another check saw did not hold here")
