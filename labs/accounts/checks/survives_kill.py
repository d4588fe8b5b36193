from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(
    needs=("identity.logout_ends_access", "identity.logout_ends_the_cookie", "durability.stops_when_asked"),
    seconds=30, control=True,
)  # fmt: skip
async def run(bench: Bench) -> None:
    """kill -9 signs nobody in and nobody out: accounts, tokens, cookies, and every logout before it still hold.

    Sessions in memory log everybody out at each deploy. A list of ended tokens in memory is worse: after a crash they
    work again.

    Fix: keep sessions and the signing key where the accounts are, and commit a logout before you answer it.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    stays, leaves = await driver.sign_in(account), await driver.sign_in(account)
    browser, left = await driver.signed_in_browser(account), await driver.signed_in_browser(account)
    gone = driver.browser()
    gone.cookies = dict(left.cookies)
    expect.status(await driver.page_logout(left), (302, 303))
    expect.status(await bench.client(leaves.headers).send(driver.log_out()), 204)
    await bench.target.kill()
    await bench.target.start()
    expect.status(await driver.works(stays), 200)
    expect.that(await driver.is_in(browser), expected="a cookie that still works", got="signed out")
    expect.problem(await driver.works(leaves), 401)
    expect.problem(await bench.client().send(driver.refresh(leaves.refresh)), 401)
    expect.that(not await driver.is_in(gone), expected="a cookie that opens nothing", got="200")
    expect.status(await bench.client().send(driver.refresh(stays.refresh)), 200)
