from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts
from backroad.verifier.wording import tally

SIGNUPS = 6


@check(needs=("identity.guards_admin_functions",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """An address has one account, in whatever case it is written, also when six links are followed at once.

    With two accounts for one address a login finds the one or the other, and whoever registered PAT@ reads what was
    meant for pat@.

    Fix: a unique index on the address in lower case, one transaction for the look and the insert, and a refusal for
    whoever comes second.
    """
    driver: Accounts = bench.driver
    admin = await driver.admin()
    account = driver.new()
    name, _, host = account.email.partition("@")
    spelt = [account.email, account.email.upper(), f"{name.upper()}@{host}", f"{name}@{host.upper()}"]
    links = []
    for number in range(SIGNUPS):
        signup = driver.sign_up(driver.new(email=spelt[number % len(spelt)]))
        links.append(driver.verify(await driver.mailed(account.email, signup)))
    answers = await bench.at_once(links)
    made = [answer for answer in answers if isinstance(answer, Answer) and answer.status < 300]
    refused = [answer for answer in answers if isinstance(answer, Answer) and 400 <= answer.status < 500]
    if len(made) != 1 or len(refused) != SIGNUPS - 1:
        raise Failed(
            sent=f"{SIGNUPS} × {links[0].method} {links[0].path} for one address in different case, released together",
            expected="one accepted, five refused", got=tally(getattr(answer, "status", None) for answer in answers),
            exchanges=[answer.exchange for answer in answers],
        )  # fmt: skip
    found = len(await driver.accounts_of(admin, account.email))
    expect.equal(found, 1, what="the number of accounts")
