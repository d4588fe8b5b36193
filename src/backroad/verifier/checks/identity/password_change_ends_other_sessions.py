from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

NEW = "a new and longer password"


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """A new password wants the old one, and ends every session but the one that set it.

    Without the old password, a phone left on a table for a minute is an account lost. Without ending the rest, whoever
    has the old one stays in.

    Fix: compare the current password first; then write the new hash and delete the other sessions in one transaction.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    own, other = await driver.sign_in(account), await driver.sign_in(account)
    browser = await driver.signed_in_browser(account)
    client = bench.client(own.headers)
    expect.problem(await client.send(driver.change_password("not the password", NEW)), (400, 401, 403, 422))
    expect.status(await driver.works(other), 200)
    changed = expect.status(await client.send(driver.change_password(account.password, NEW)), (200, 204))
    expect.status(await driver.works(own), 200)
    expect.problem(await driver.works(other), 401)
    expect.problem(await bench.client().send(driver.refresh(other.refresh)), 401)
    expect.that(not await driver.is_in(browser), expected="a cookie that opens nothing", got="200", answer=changed)
    expect.problem(await bench.client().send(driver.log_in(account.email, account.password)), 401)
    expect.status(await bench.client().send(driver.log_in(account.email, NEW)), 200)
