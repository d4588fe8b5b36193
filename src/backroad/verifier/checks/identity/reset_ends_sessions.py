from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.reset_works_once", "identity.sets_cookie_flags"), seconds=15)
async def run(bench: Bench) -> None:
    """A new password after a forgotten one ends every session of the account, tokens and cookies.

    People reset a password because somebody else is in. If the other one stays, the reset was for nothing.

    Fix: delete all sessions of the account in the transaction that writes the new password.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens, browser = await driver.sign_in(account), await driver.signed_in_browser(account)
    token = await driver.mailed(account.email, driver.forgot(account.email))
    done = await bench.client().send(driver.reset(token, "a new and longer password"))
    expect.status(done, (200, 204))
    expect.problem(await driver.works(tokens), 401)
    expect.problem(await bench.client().send(driver.refresh(tokens.refresh)), 401)
    expect.that(not await driver.is_in(browser), expected="a cookie that opens nothing", got="200", answer=done)
