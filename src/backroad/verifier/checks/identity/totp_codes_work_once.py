from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

AT_ONCE = 6


@check(needs=("access.lets_you_in",), seconds=20)
async def run(bench: Bench) -> None:
    """A code of an authenticator lets somebody in once, also when it is sent six times at the same moment.

    Whoever looks over a shoulder, or runs a page that looks like yours, has a code that is good for another minute.

    Fix: keep the step of the last code that was accepted, take only later ones, and decide by the number of rows of
    `UPDATE … SET step = ? WHERE id = ? AND step < ?`.
    """
    driver: Accounts = bench.driver
    for _ in range(3):
        account = await driver.account()
        tokens = await driver.sign_in(account)
        secret, now = await driver.totp_secret(tokens), driver.step()
        confirmed = await driver.confirm_totp(tokens, driver.code(secret, now - 1))
        login = driver.log_in(account.email, account.password, driver.code(secret, now))
        answers = await bench.at_once(AT_ONCE, login)
        again = await bench.client().send(login)
        later = driver.log_in(account.email, account.password, driver.code(secret, now + 1))
        last = await bench.client().send(later)
        if driver.step() == now:
            break  # else a step ended meanwhile, and what was right is not any more
    else:
        bench.unclear("the target was too slow to use a code within its 30 seconds")
    expect.status(confirmed, (200, 204))
    expect.exactly_one(answers, 200, rest=401)
    expect.problem(again, 401)
    expect.status(last, 200)
