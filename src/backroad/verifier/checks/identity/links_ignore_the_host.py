import msgspec

from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts

FORGED = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "Forwarded": "host=evil.example"}


@check(needs=("identity.reset_works_once", "identity.signs_in_with_a_provider"), seconds=20)
async def run(bench: Bench) -> None:
    """Links in mails, and the address that the provider sends people back to, never follow the request's Host.

    Whoever asks for your new password under another Host has the mail carry a link to their own server. You click, and
    they have the token.

    Fix: build every absolute link from a setting (BASE_URL).
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    mails = bench.standin("mail")
    before = len(mails.to(account.email))
    forged = msgspec.structs.replace(driver.forgot(account.email), headers=FORGED)
    answer = await bench.client().send(forged)
    expect.no_5xx(answer)
    await bench.client().send(driver.forgot(account.email))  # whatever became of the first, this one sends a mail
    mail = await mails.wait_for(to=account.email, count=before + (2 if answer.status < 300 else 1), within=8)
    expect.that(mail is not None, expected="a mail with a link", got="none", answer=answer)
    for one in mails.to(account.email)[before:]:
        for link in one.links:
            if not link.startswith(f"{bench.target.base_url}/"):
                raise forged_link(answer, f"a link to {bench.target.base_url}", link.partition("?")[0])
    begun = await bench.client().get(driver.provider_login(), headers=FORGED)
    expect.no_5xx(begun)
    if "evil.example" in (begun.headers.get("location") or ""):
        raise forged_link(begun, "a redirect_uri of BASE_URL", "one at evil.example")
    asked = await driver.to_provider(driver.browser())
    wanted = f"{bench.target.base_url}{driver.callback}"
    expect.equal(asked.get("redirect_uri"), wanted, what="redirect_uri")


def forged_link(answer: Answer, expected: str, got: str) -> Failed:
    sent = f"{answer.exchange.method} {answer.exchange.path} with Host and X-Forwarded-Host: evil.example"
    return Failed(sent=sent, expected=expected, got=got, exchanges=(answer.exchange,))
