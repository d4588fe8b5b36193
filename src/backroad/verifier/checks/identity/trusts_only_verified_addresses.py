from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.signs_in_with_a_provider",), seconds=15)
async def run(bench: Bench) -> None:
    """Somebody who claims an address at the provider gets the account of that address only if it is verified there.

    At some providers anybody may enter any address. An account that is joined by such a claim is given away.

    Fix: join by address only where `email_verified` is true; else refuse, or ask for the password of the account.
    """
    driver: Accounts = bench.driver
    provider = bench.standin("identity")
    victim = await driver.account()
    provider.sign_in(bench.word("mallory"), email=victim.email, verified=False)
    attacker = driver.browser()
    answer = await driver.provider_sign_in(attacker)
    if await driver.is_in(attacker):
        sent = "a sign-in with the address of an existing account, which the provider has not verified"
        raise Failed(sent=sent, expected="not signed in", got="signed in", exchanges=(answer.exchange,))
    provider.sign_in(bench.word("owner"), email=victim.email.upper())
    owner = driver.browser()
    answer = await driver.provider_sign_in(owner)
    page = await owner.get(driver.home)
    own = page.status == 200 and victim.name in page.text
    expect.that(own, expected="with a verified address: its account", got=f"{page.status}", answer=[answer, page])
