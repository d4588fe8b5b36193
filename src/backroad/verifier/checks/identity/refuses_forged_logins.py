from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.identity import Accounts

ELSEWHERE = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}


@check(needs=("identity.refuses_forged_posts",), seconds=15)
async def run(bench: Bench) -> None:
    """Another site cannot log a browser in with its own account.

    Whoever is logged in as somebody else without knowing types a card number, a search or a letter into that account.

    Fix: bind the login form to the visitor's cookie, with a token like every other form.
    """
    driver: Accounts = bench.driver
    mallory = await driver.account()
    filled = {"email": mallory.email, "password": mallory.password}
    other = driver.browser()
    theirs = await other.form(driver.login_page, driver.login_page)
    tried: list[tuple[str, dict[str, str], bool]] = [
        ("without its hidden fields", {}, True),
        ("with the hidden fields of another visitor", theirs, True),
        ("with the hidden fields of another visitor, and no cookie", theirs, False),
    ]
    for what, fields, visit in tried:
        browser = driver.browser()
        if visit:
            await browser.get(driver.login_page)
        answer = await browser.post(driver.login_page, {**fields, **filled}, ELSEWHERE)
        if await driver.is_in(browser):
            sent = f"POST {driver.login_page}: the form {what}, from another site"
            raise Failed(sent=sent, expected="403, not signed in", got="signed in", exchanges=(answer.exchange,))
