import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

WINDOW = 1  # second, of the process that this check starts


@check(needs=("identity.brakes_logins", "durability.stops_when_asked"), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """After LOGIN_WINDOW_SECONDS the brake lets go, and who is signed in was never braked.

    An account that is locked until somebody calls the hotline is an attack with ten requests. A brake slows guessing;
    it must not keep the owner out.

    Fix: forget tries that are older than the window; brake logins only, never requests with a good token.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    target = await bench.second_instance(env=driver.short_lived("login window", WINDOW))
    client = bench.client(target=target)
    tokens = await driver.sign_in(account, target=target)
    for number in range(driver.wrong_logins + 2):
        answer = await client.send(driver.log_in(account.email, f"a wrong password {number}"))
        if answer.status == 429:
            break
        expect.status(answer, 401)
    expect.status(await bench.client(tokens.headers, target=target).send(driver.who()), 200)
    await asyncio.sleep(WINDOW + 0.3)
    expect.status(await client.send(driver.log_in(account.email, account.password)), 200)
