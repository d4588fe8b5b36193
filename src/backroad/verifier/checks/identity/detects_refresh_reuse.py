from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.rotates_refresh_tokens",), seconds=15)
async def run(bench: Bench) -> None:
    """A refresh token that comes a second time ends its session, for the thief and for the owner.

    Two parties hold a token that only one should have. Nobody can tell which of them is the owner, so neither may
    stay; the owner logs in again, the thief cannot.

    Fix: keep used tokens with their session; when a used one comes, answer 401 and delete the session with all of its
    tokens.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    stolen, other = await driver.sign_in(account), await driver.sign_in(account)
    client = bench.client()
    newer = driver.tokens(await client.send(driver.refresh(stolen.refresh)))
    newest = driver.tokens(await client.send(driver.refresh(newer.refresh)))
    expect.problem(await client.send(driver.refresh(stolen.refresh)), 401)
    expect.problem(await client.send(driver.refresh(newest.refresh)), 401)
    expect.problem(await driver.works(newest), 401)
    expect.status(await driver.works(other), 200)
