from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

NEW, OTHER = "a new and longer password", "yet another long password"


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """The link of a forgotten password sets a new one once; then it, and those sent before it, do nothing.

    Mails are forwarded, archived and read by others later. A link that still works is a key to the account in every
    one of those places.

    Fix: random tokens, stored as hashes, deleted together with all others of the account when one is used.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    first = await driver.mailed(account.email, driver.forgot(account.email))
    second = await driver.mailed(account.email, driver.forgot(account.email.upper()))
    client = bench.client()
    for wrong in (second[:-1], second[::-1], "", "0"):
        refused(await client.send(driver.reset(wrong, OTHER)))
    expect.status(await client.send(driver.reset(second, NEW)), (200, 204))
    for spent in (second, first):
        refused(await client.send(driver.reset(spent, OTHER)))
    expect.problem(await client.send(driver.log_in(account.email, account.password)), 401)
    expect.problem(await client.send(driver.log_in(account.email, OTHER)), 401)
    expect.status(await client.send(driver.log_in(account.email, NEW)), 200)


def refused(answer: Answer) -> None:
    expect.problem(answer, (400, 401, 403, 404, 410, 422))
