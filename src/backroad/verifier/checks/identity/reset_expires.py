import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

LIFETIME = 1  # second, of the links of the process that this check starts


@check(needs=("identity.reset_works_once", "durability.stops_when_asked"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """The link of a forgotten password stops working after its time.

    A mailbox that is opened by somebody else years later holds every such link that was never used.

    Fix: store when the token ends, and compare with the clock when it is used; minutes, from the settings.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    target = await bench.second_instance(env=driver.short_lived("reset", LIFETIME))
    client = bench.client(target=target)
    token = await driver.mailed(account.email, driver.forgot(account.email), client)
    await asyncio.sleep(LIFETIME + 0.5)
    late = await client.send(driver.reset(token, "a password that comes too late"))
    expect.problem(late, (400, 401, 403, 404, 410, 422))
    expect.status(await bench.client().send(driver.log_in(account.email, account.password)), 200)
