from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """A login answers a pair of tokens that no cache may keep; a wrong one is a 401 that says what is wanted.

    Tokens are passwords for a while. A proxy that keeps the answer hands them to the next who asks.

    Fix: 200 with access_token, token_type Bearer, expires_in and refresh_token, and Cache-Control: no-store on it.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens = await driver.sign_in(account)
    again = await bench.client().send(driver.refresh(tokens.refresh))
    for answer in (tokens.answer, again):
        expect.status(answer, 200)
        expect.field(answer, "token_type", equals="Bearer")
        expect.field(answer, "expires_in", equals=300)
        expect.field(answer, "refresh_token", matches=r"^[\x21-\x7e]{22,}$")
        expect.header(answer, "cache-control", matches=r"\bno-store\b")
    wrong = await bench.client().send(driver.log_in(account.email, "not the password"))
    expect.problem(wrong, 401)
    expect.header(wrong, "WWW-Authenticate")
    driver.refused(await bench.client().post("/tokens", json={"email": 7}), "email", "password")
    upper = await bench.client().send(driver.log_in(account.email.upper(), account.password))
    expect.status(upper, 200)
