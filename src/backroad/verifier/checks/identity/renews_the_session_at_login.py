from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """A login makes a new session: a cookie that was there before does not become a key.

    Whoever can plant a cookie in your browser (from a sister domain, a shared computer) waits until you log in, and is
    logged in with you. That is session fixation.

    Fix: at each login make a new session id, set it as the cookie, and forget the old one.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    names = list((await driver.signed_in_browser(account)).cookies)
    planted = {name: bench.word("planted") * 3 for name in names}
    tried: dict[str, dict[str, str]] = {"the cookie of the login page": {}, "a planted cookie": planted}
    for what, before in tried.items():
        browser = driver.browser()
        browser.cookies = dict(before)
        await browser.get(driver.login_page)
        attacker = driver.browser()
        attacker.cookies = {**before, **browser.cookies}
        answer = expect.status(await driver.page_login(browser, account), (302, 303))
        expect.that(await driver.is_in(browser), expected="a login that works", got="none", answer=answer)
        attackers = [attacker, driver.browser()]
        attackers[1].cookies = dict(before)
        for one in attackers:
            if one.cookies and await driver.is_in(one):
                sent = f"a login in a browser that had {what}, then GET {driver.home} with the same cookie elsewhere"
                raise Failed(sent=sent, expected="not signed in", got="200", exchanges=(answer.exchange,))
