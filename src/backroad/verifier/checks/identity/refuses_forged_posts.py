import json

from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts, Tokens

ELSEWHERE = {"Origin": "https://evil.example", "Referer": "https://evil.example/", "Sec-Fetch-Site": "cross-site"}


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """A form that another site makes a signed-in browser send changes nothing; the page's own form does.

    The browser adds your cookie to any request to your host, whoever caused it. Without something that only your pages
    know, every link on the web can press your buttons.

    Fix: a token in each form that is bound to the session, compared before anything else; 403 without it. SameSite
    helps, and is not enough alone.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens, browser = await driver.sign_in(account), await driver.signed_in_browser(account)
    attacker = await driver.signed_in_browser(await driver.account())
    own = await browser.form(driver.home, driver.rename_action)
    theirs = await attacker.form(driver.home, driver.rename_action)
    forged: dict[str, dict[str, str]] = {
        "without its hidden fields": {},
        "with empty hidden fields": dict.fromkeys(own, ""),
        "with the hidden fields of another person's form": theirs,
        "with made-up hidden fields": {name: value[::-1] + "0" for name, value in own.items()},
    }
    for what, fields in forged.items():
        sent = {**fields, "name": "Forged"}
        answer = await browser.post(driver.rename_action, sent, ELSEWHERE)
        await unchanged(bench, tokens, account.name, answer, f"the form {what}, from another site")
    body = json.dumps({"name": "Forged"})
    headers = {**browser.headers, **ELSEWHERE, "Content-Type": "text/plain"}
    answer = await browser.client.post(driver.rename_action, headers=headers, body=body)
    await unchanged(bench, tokens, account.name, answer, "JSON as text/plain, from another site")
    expect.status(await driver.rename(browser, "Renamed"), (200, 302, 303))
    expect.field(await driver.works(tokens), "name", equals="Renamed")


async def unchanged(bench: Bench, tokens: Tokens, name: str, answer: Answer, what: str) -> None:
    driver: Accounts = bench.driver
    now = expect.field(await driver.works(tokens), "name", type=str)
    if now != name or not 400 <= answer.status < 500:
        raise Failed(
            sent=f"POST {driver.rename_action}: {what}",
            expected="403, and the name is unchanged",
            got=f"{answer.status}, and the name is {'unchanged' if now == name else 'changed'}",
            exchanges=(answer.exchange,),
        )
