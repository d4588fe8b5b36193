from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

AT_ONCE = 20


@check(needs=("identity.detects_refresh_reuse",), seconds=15)
async def run(bench: Bench) -> None:
    """Of twenty uses of one refresh token at once, one gets a pair, and the session ends.

    A thief need not wait for the owner. "Look whether it was used, then mark it" lets both through, and then there are
    two good sessions and no sign of it.

    Fix: mark and decide in one statement (`UPDATE … SET used = 1 WHERE hash = ? AND used = 0`) and look at the number
    of rows, inside a transaction.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    for _ in range(3):
        tokens = await driver.sign_in(account)
        answers = await bench.at_once(AT_ONCE, driver.refresh(tokens.refresh))
        won = driver.tokens(expect.exactly_one(answers, 200, rest=401))
        expect.problem(await bench.client().send(driver.refresh(won.refresh)), 401)
        expect.problem(await driver.works(won), 401)
