from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """After a logout neither the access token nor the refresh token works, and other sessions go on.

    People log out on machines that are not theirs. A token that outlives it, if only for minutes, is what the next one
    at that machine gets.

    Fix: give each login a session row, name it in the token (`sid`), look it up at each request, and delete it at
    logout.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens, other = await driver.sign_in(account), await driver.sign_in(account)
    expect.status(await driver.works(tokens), 200)
    expect.status(await bench.client(tokens.headers).send(driver.log_out()), (200, 204))
    expect.problem(await driver.works(tokens), 401)
    expect.problem(await bench.client().send(driver.refresh(tokens.refresh)), 401)
    expect.status(await driver.works(other), 200)
