import time

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=30)
async def run(bench: Bench) -> None:
    """Whoever tries too many passwords for an account is answered 429 with Retry-After, the right password included.

    People choose passwords that are in lists. Without a brake a list of ten thousand is tried in minutes; with one it
    takes weeks.

    Fix: count tries for each account in a window of time, before the password is looked at, and answer 429 with the
    seconds left. Do not count for good: that would let anybody lock anybody out.
    """
    driver: Accounts = bench.driver
    account, other = await driver.account(), await driver.account()
    client = bench.client()
    began, answers = time.monotonic(), []
    for number in range(driver.wrong_logins + 2):
        answers.append(await client.send(driver.log_in(account.email, f"a wrong password {number}")))
        if answers[-1].status == 429:
            break
    if answers[-1].status != 429 and time.monotonic() - began > driver.wrong_login_seconds / 2:
        bench.unclear("the target answers too slowly to reach its own limit")
    few = len(answers) <= driver.wrong_logins // 2
    got = f"429 at try {len(answers)}"
    expect.that(not few, expected=f"no 429 before try {driver.wrong_logins // 2 + 1}", got=got, answer=answers[-1])
    expect.problem(answers[-1], 429)
    wait = expect.header(answers[-1], "retry-after", matches=r"^\d+$")
    fits = 1 <= int(wait) <= driver.wrong_login_seconds
    wanted = f"Retry-After from 1 to {driver.wrong_login_seconds}"
    expect.that(fits, expected=wanted, got=f"Retry-After: {wait}", answer=answers[-1])
    expect.problem(await client.send(driver.log_in(account.email, account.password)), 429)
    expect.status(await client.send(driver.log_in(other.email, other.password)), 200)
