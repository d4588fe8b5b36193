from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("accounts.totp_guards_logins", "identity.brakes_logins"), seconds=30)
async def run(bench: Bench) -> None:
    """Wrong codes count as tries too: after ten of them a login is answered 429.

    Six digits are a million guesses, three of them right at any moment. Unbraked, somebody who has the password finds
    one within the hour.

    Fix: count the try before the password and the code are looked at, and forget the count only when both were right.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens = await driver.sign_in(account)
    secret = await driver.totp_secret(tokens)
    expect.status(await driver.confirm_totp(tokens, driver.code(secret, driver.step())), 204)
    client = bench.client()
    for number in range(driver.wrong_logins + 2):
        answer = await client.send(driver.log_in(account.email, account.password, f"x{number:05d}"))
        if answer.status == 429:
            break
    expect.problem(answer, 429)
    expect.header(answer, "retry-after", matches=r"^\d+$")
