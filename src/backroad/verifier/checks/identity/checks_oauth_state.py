from urllib.parse import parse_qsl, urlencode, urlsplit

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.browser import Browser
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.signs_in_with_a_provider",), seconds=15)
async def run(bench: Bench) -> None:
    """The way back from the provider is taken only by the browser that went there, with its own `state`.

    Without that, an attacker signs in at the provider, keeps the last link, and lets you follow it. You are then in the
    attacker's account, or the attacker's identity is tied to yours.

    Fix: a random `state` for each sign-in, kept with the visitor's cookie, compared and deleted on the way back.
    """
    driver: Accounts = bench.driver
    bench.standin("identity").sign_in(bench.word("mallory"))
    attacker = driver.browser()
    asked = await driver.to_provider(attacker)
    state = asked.get("state", "")
    expect.that(len(state) >= 16, expected="a `state` of 16 characters or more", got=f"{len(state)} characters")
    other = await driver.to_provider(driver.browser())
    expect.that(other.get("state") != state, expected="another `state` each time", got="the same")
    stranger, halfway = driver.browser(), driver.browser()
    await stranger.get(driver.login_page)
    theirs = await driver.to_provider(halfway)
    stranger.began = attacker.began  # what is told of it
    await refused(bench, stranger, await driver.at_provider(asked), "a browser that did not begin a sign-in")
    await refused(bench, halfway, await driver.at_provider(asked), "a browser that began another sign-in")
    back = urlsplit(await driver.at_provider(theirs))
    query = {name: value for name, value in parse_qsl(back.query) if name != "state"}
    for what, added in (("no `state`", {}), ("an empty `state`", {"state": ""})):
        path = f"{back.path}?{urlencode({**query, **added})}"
        await refused(bench, halfway, path, f"the right browser, with {what}")


async def refused(bench: Bench, browser: Browser, path: str, what: str) -> None:
    answer = await bench.driver.come_back(browser, path)
    if await bench.driver.is_in(browser) or not 400 <= answer.status < 500:
        got = "signed in" if await bench.driver.is_in(browser) else str(answer.status)
        sent = f"GET {urlsplit(path).path}, in {what}"
        raise Failed(sent=sent, expected="a refusal, 4xx, and not signed in", got=got, exchanges=(answer.exchange,))
