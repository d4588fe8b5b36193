from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in", "identity.sets_cookie_flags"), seconds=20)
async def run(bench: Bench) -> None:
    """Once codes are confirmed, no login works without one, for tokens and for pages alike.

    A second factor that one of two doors does not ask for is no second factor.

    Fix: one function that admits people, used by every login; codes are in force once the first was confirmed, so that
    nobody locks themselves out.
    """
    driver: Accounts = bench.driver
    client = bench.client()
    for _ in range(3):
        account = await driver.account()
        tokens = await driver.sign_in(account)
        secret = await driver.totp_secret(tokens)
        before = await client.send(driver.log_in(account.email, account.password))
        now = driver.step()
        wrong = f"{(int(driver.code(secret, now - 1)) + 1) % 1_000_000:06d}"
        unconfirmed = await driver.confirm_totp(tokens, wrong)
        confirmed = await driver.confirm_totp(tokens, driver.code(secret, now - 1))
        without = await client.send(driver.log_in(account.email, account.password))
        guessed = await client.send(driver.log_in(account.email, account.password, "abc"))
        browser = driver.browser()
        page = await driver.page_login(browser, account)
        let_in = await driver.is_in(browser)
        right = await driver.page_login(browser, account, code=driver.code(secret, now))
        if driver.step() == now and wrong not in [driver.code(secret, now + drift) for drift in (-1, 0, 1)]:
            break  # else a step ended meanwhile, or the wrong code was right
    else:
        bench.unclear("the target was too slow to use a code within its 30 seconds")
    expect.status(before, 200)
    driver.refused(unconfirmed, "code")
    expect.status(confirmed, 204)
    expect.equal(expect.problem(without, 401).get("code"), "missing", what="`code` of the problem", answer=without)
    expect.problem(guessed, 401)
    expect.that(not let_in, expected="a page login without a code: not signed in", got="signed in", answer=page)
    expect.status(right, (302, 303))
    me = expect.status(await driver.works(tokens), 200)
    expect.field(me, "totp", equals=True)
    expect.that(secret not in me.text, expected="no secret in /me", got="the secret of the codes", answer=me)
    expect.problem(await client.post("/me/totp", headers=tokens.headers), 409)
