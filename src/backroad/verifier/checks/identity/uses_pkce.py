from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.signs_in_with_a_provider",), seconds=15)
async def run(bench: Bench) -> None:
    """The authorization code is bound to the one who asked for it: PKCE with S256, another challenge each time.

    A code passes through the address bar, histories, logs and other apps. With PKCE it is worth nothing without a
    secret that never left the server.

    Fix: for each sign-in a random `code_verifier` of 43 characters or more; its SHA-256 goes to the provider as
    `code_challenge`, itself with the code to the token endpoint.
    """
    driver: Accounts = bench.driver
    asked = [await driver.to_provider(driver.browser()) for _ in range(2)]
    for one in asked:
        got = f"code_challenge_method: {one.get('code_challenge_method', 'absent')}"
        expect.that(one.get("code_challenge_method") == "S256", expected="code_challenge_method: S256", got=got)
        length = len(one.get("code_challenge", ""))
        expect.that(length == 43, expected="a code_challenge of 43 characters", got=f"{length} characters")
    same = asked[0]["code_challenge"] == asked[1]["code_challenge"]
    expect.that(not same, expected="another code_challenge each time", got="the same")
    bench.standin("identity").sign_in(bench.word("petra"))
    browser = driver.browser()
    answer = await driver.provider_sign_in(browser)
    expect.that(await driver.is_in(browser), expected="a sign-in that works", got=f"{answer.status}", answer=answer)
