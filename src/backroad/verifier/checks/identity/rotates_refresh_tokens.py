from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A refresh token is good for one new pair, and nothing else is good for any.

    A refresh token lives for weeks. If it changes each time it is used, a stolen one shows; if not, a thief has an
    account for weeks and nobody sees it.

    Fix: issue a new refresh token with each pair, mark the old one as used in the same transaction, keep hashes only.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    first = await driver.sign_in(account)
    client = bench.client()
    second = driver.tokens(await client.send(driver.refresh(first.refresh)))
    same = second.refresh == first.refresh
    expect.that(not same, expected="a new refresh token", got="the old one", answer=second.answer)
    expect.status(await driver.works(second), 200)
    third = driver.tokens(await client.send(driver.refresh(second.refresh)))
    expect.status(await driver.works(third), 200)
    for wrong in (third.access, third.refresh[::-1], third.refresh[:-1], "", "null"):
        expect.problem(await client.send(driver.refresh(wrong)), 401)
    expect.status(await driver.works(third), 200)
