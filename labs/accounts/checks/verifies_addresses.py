from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """An account opens when the link in the mail was followed, and not before; the link works once.

    An address that nobody confirmed belongs to nobody. Accounts on other people's addresses are how spam is sent in
    their name, and how an account waits for its owner with somebody else's password.

    Fix: keep a signup apart from accounts, with the hash of a random token; make the account when the token comes, and
    delete the signup with it.
    """
    driver: Accounts = bench.driver
    account, client = driver.new(), bench.client()
    token = await driver.mailed(account.email, driver.sign_up(account))
    expect.problem(await client.send(driver.log_in(account.email, account.password)), 401)
    for wrong in (token[:-1], token[::-1], "", "0"):
        driver.refused(await client.send(driver.verify(wrong)), "token")
    expect.problem(await client.send(driver.log_in(account.email, account.password)), 401)
    expect.status(await client.send(driver.verify(token)), 204)
    driver.refused(await client.send(driver.verify(token)), "token")
    me = expect.status(await driver.works(await driver.sign_in(account)), 200)
    for name, value in (("email", account.email), ("name", account.name), ("role", "user"), ("totp", False)):
        expect.field(me, name, equals=value)
