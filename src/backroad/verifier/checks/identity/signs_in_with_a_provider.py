from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """Somebody whom the provider knows is signed in without a password, each time to the same account.

    A person is the provider's `sub`, not the address and not the name, which change.

    Fix: the authorization code flow: send the browser to the provider with response_type=code and scope openid email
    profile, take the code back, exchange it, and keep (issuer, sub) with the account.
    """
    driver: Accounts = bench.driver
    provider = bench.standin("identity")
    name = bench.word("olga")
    provider.sign_in(name)
    first = driver.browser()
    asked = await driver.to_provider(first)
    expect.equal(asked.get("response_type"), "code", what="response_type")
    expect.that("openid" in asked.get("scope", "").split(), expected="openid in the scope", got=str(asked.get("scope")))
    back = await driver.come_back(first, await driver.at_provider(asked))
    expect.status(back, (302, 303))
    expect.that(await driver.is_in(first), expected="a sign-in that opens the account", got="none", answer=back)
    expect.status(await driver.rename(first, "Olga the Great"), (200, 302, 303))
    provider.sign_in(name, email=f"{bench.word('moved-')}@example.test")
    second = driver.browser()
    answer = await driver.provider_sign_in(second)
    expect.that(await driver.is_in(second), expected="a second sign-in", got=f"{answer.status}", answer=answer)
    page = await second.get(driver.home)
    if "Olga the Great" not in page.text:
        raise Failed(
            sent="two sign-ins of one person, the second with another address, then GET " + driver.home,
            expected="the account of the first time", got="another account", exchanges=(answer.exchange,),
        )  # fmt: skip
