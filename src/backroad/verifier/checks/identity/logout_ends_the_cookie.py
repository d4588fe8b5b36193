from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """After a logout the cookie opens nothing, also for somebody who kept a copy of it.

    To tell the browser to forget a cookie is politeness. Whoever copied it before was not told.

    Fix: delete the session on the server; then let the browser drop the cookie with Max-Age=0.
    """
    driver: Accounts = bench.driver
    browser = await driver.signed_in_browser(await driver.account())
    copy = driver.browser()
    copy.cookies = dict(browser.cookies)
    answer = expect.status(await driver.page_logout(browser), (302, 303))
    for who, what in ((browser, "what the browser still has"), (copy, "a copy of the cookie")):
        if await driver.is_in(who):
            sent = f"the form of the logout, then GET {driver.home} with {what}"
            raise Failed(sent=sent, expected="not signed in", got="200", exchanges=(answer.exchange,))
