import msgspec

from backroad.verifier import Bench, check, expect
from backroad.verifier.client import Client
from backroad.verifier.driver import LabDriver

HEADERS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP", "Forwarded")


@check(needs=("limits.brakes_guessing",), seconds=30)
async def run(bench: Bench) -> None:
    """A forged address in a header does not loosen the brake.

    Anybody can write X-Forwarded-For. A limit that believes it is no limit for those it was made for.

    Fix: count by the address of the connection; behind a proxy of your own, take only what that proxy appended.
    """
    driver: LabDriver = bench.driver
    client = bench.client()
    await brake(bench, client)
    for name in HEADERS:
        address = f"203.0.113.{bench.random.randrange(1, 255)}"
        forged = {name: f"for={address}" if name == "Forwarded" else address}
        answer = await client.send(msgspec.structs.replace(driver.guess(), headers=forged))
        while answer.status != 429:
            if (await client.send(driver.guess())).status == 429:
                expect.problem(answer, 429)
            await brake(bench, client)  # the window had moved on
            answer = await client.send(msgspec.structs.replace(driver.guess(), headers=forged))


async def brake(bench: Bench, client: Client) -> None:
    for _ in range(2 * bench.driver.guesses + 1):
        if (await client.send(bench.driver.guess())).status == 429:
            return
    bench.unclear("the brake that another check saw did not hold here")
