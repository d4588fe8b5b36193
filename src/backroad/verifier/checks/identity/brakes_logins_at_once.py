from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.answer import Answer
from backroad.verifier.drivers.identity import Accounts
from backroad.verifier.wording import tally


@check(needs=("identity.brakes_logins",), seconds=30)
async def run(bench: Bench) -> None:
    """Thirty passwords tried at once are no more tries than thirty one after the other.

    A hash takes a while. Code that counts after it has compared lets everything through that arrives in between, and an
    attacker's program sends in parallel.

    Fix: count the try first, in one step, and give it back if the password was right.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    many = 3 * driver.wrong_logins
    requests = [driver.log_in(account.email, f"a wrong password {number}") for number in range(many)]
    answers = await bench.at_once(requests, timeout=20)
    expect.all_of(answers, (401, 429))
    let_in = sum(1 for answer in answers if isinstance(answer, Answer) and answer.status == 401)
    if let_in > driver.wrong_logins:
        raise Failed(
            sent=f"{many} × {requests[0].method} {requests[0].path} with wrong passwords, released together",
            expected=f"at most {driver.wrong_logins} 401, the rest 429",
            got=tally(answer.status for answer in answers if isinstance(answer, Answer)),
            exchanges=[answer.exchange for answer in answers],
        )
