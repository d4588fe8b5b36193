from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.signs_in_with_a_provider",), seconds=15)
async def run(bench: Bench) -> None:
    """An ID token is taken only with the `nonce` of this sign-in.

    A code or token that was stolen from another sign-in is genuine in every other respect: right provider, right
    client, right signature. The nonce ties it to the browser that asked.

    Fix: a random `nonce` in the request to the provider, kept with the visitor's sign-in, demanded in the ID token.
    """
    driver: Accounts = bench.driver
    provider = bench.standin("identity")
    provider.sign_in(bench.word("nora"))
    nonces = {(await driver.to_provider(driver.browser())).get("nonce", "") for _ in range(2)}
    good = len(nonces) == 2 and all(len(nonce) >= 16 for nonce in nonces)
    expect.that(good, expected="a `nonce` of 16 characters or more, another each time", got="not so")
    for flaw, what in (("wrong_nonce", "another `nonce`"), ("no_nonce", "no `nonce`")):
        browser = driver.browser()
        async with provider.misbehave(flaw):
            answer = await driver.provider_sign_in(browser)
        if await driver.is_in(browser):
            sent = f"a sign-in for which the provider's ID token has {what}"
            raise Failed(sent=sent, expected="not signed in", got="signed in", exchanges=(answer.exchange,))
