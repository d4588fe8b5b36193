from backroad.verifier import Bench, check, expect
from backroad.verifier.client import Client
from backroad.verifier.driver import LabDriver

HEADERS = ("X-Forwarded-For", "X-Real-IP", "X-Client-IP", "CF-Connecting-IP", "True-Client-IP", "Forwarded")


@check(needs=("limits.brakes_guessing",))
async def run(bench: Bench) -> None:
    """A forged address in a header does not loosen the brake.

    Anybody can write X-Forwarded-For. A limit that believes it is no limit for those it was made for.

    Fix: count by the address of the connection; behind a proxy of your own, take only what that proxy appended.
    """
    driver: LabDriver = bench.driver
    client = bench.client()
    if not await braked(driver, client):
        bench.unclear("the brake that another check saw did not hold here")
    for name in HEADERS:
        address = f"203.0.113.{bench.random.randrange(1, 255)}"
        value = f"for={address}" if name == "Forwarded" else address
        answer = await client.send(driver.guess(), headers={name: value})
        if answer.status != 429 and await braked(driver, client):
            expect.problem(answer, 429)


async def braked(driver: LabDriver, client: Client) -> bool:
    for _ in range(2 * driver.guesses + 1):
        if (await client.send(driver.guess())).status == 429:
            return True
    return False
