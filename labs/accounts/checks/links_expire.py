import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

LIFETIME = 1  # second, of the links of the process that this check starts


@check(needs=("accounts.verifies_addresses", "durability.stops_when_asked"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """The link of a signup stops working after VERIFY_SECONDS; signing up again sends a new one.

    An old mail should not open an account years later, with a password that somebody chose back then.

    Fix: store when the signup ends and compare with the clock when its token comes.
    """
    driver: Accounts = bench.driver
    target = await bench.second_instance(env=driver.short_lived("verify", LIFETIME))
    client = bench.client(target=target)
    account = driver.new()
    token = await driver.mailed(account.email, driver.sign_up(account), client)
    await asyncio.sleep(LIFETIME + 0.5)
    driver.refused(await client.send(driver.verify(token)), "token")
    expect.problem(await bench.client().send(driver.log_in(account.email, account.password)), 401)
    again = await driver.mailed(account.email, driver.sign_up(account))
    expect.status(await bench.client().send(driver.verify(again)), 204)
