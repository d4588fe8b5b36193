from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.identity import Accounts

FORGED = {
    "alg_none": "has no signature (alg: none)",
    "alg_hs256": "is signed with the provider's public key as a secret",
    "unknown_key": "is signed with a key that the provider does not have",
    "wrong_signature": "has a signature of somebody else",
    "wrong_audience": "is for another client",
    "wrong_issuer": "is of another issuer",
    "expired": "ended yesterday",
}


@check(needs=("identity.signs_in_with_a_provider",), seconds=20)
async def run(bench: Bench) -> None:
    """An ID token is believed only if the provider signed it, for this client, and it is still good.

    A token that the provider made for another site is a good token of the same person. Who does not look at `aud` lets
    every such site log in here as its visitors.

    Fix: verify with the keys of the provider's `jwks_uri` and its algorithms, then compare `iss`, `aud` and `exp`.
    """
    driver: Accounts = bench.driver
    provider = bench.standin("identity")
    provider.sign_in(bench.word("iris"))
    for flaw, what in FORGED.items():
        browser = driver.browser()
        async with provider.misbehave(flaw):
            answer = await driver.provider_sign_in(browser)
        if await driver.is_in(browser):
            sent = f"a sign-in for which the provider's ID token {what}"
            raise Failed(sent=sent, expected="not signed in", got="signed in", exchanges=(answer.exchange,))
