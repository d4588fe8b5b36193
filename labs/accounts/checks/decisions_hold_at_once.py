from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.guards_admin_functions",), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """A role that is given, a role that is taken and an account that is disabled hold at the next request.

    A role in a token is true until the token ends. The person who was fired at nine is an administrator until then, and
    nobody can do anything about it.

    Fix: keep roles out of tokens or read them again at each request; end the sessions of an account that is disabled,
    and look at the flag at every login.
    """
    driver: Accounts = bench.driver
    admin, account = await driver.admin(), await driver.account()
    tokens, browser = await driver.sign_in(account), await driver.signed_in_browser(account)
    client = bench.client(tokens.headers)
    [shown] = await driver.accounts_of(admin, account.email)
    path = f"/accounts/{shown['id']}"
    for role, status in (("admin", 200), ("user", 403)):
        changed = expect.status(await admin.client.patch(path, json={"role": role}), 200)
        expect.field(changed, "role", equals=role)
        expect.status(await client.get("/accounts"), status)
    driver.refused(await admin.client.patch(path, json={"role": "emperor", "disabled": "yes"}), "role", "disabled")
    expect.problem(await admin.client.patch("/accounts/nobody", json={"role": "user"}), 404)
    disabled = expect.status(await admin.client.patch(path, json={"disabled": True}), 200)
    expect.field(disabled, "disabled", equals=True)
    expect.problem(await driver.works(tokens), 401)
    expect.problem(await bench.client().send(driver.refresh(tokens.refresh)), 401)
    expect.that(not await driver.is_in(browser), expected="a cookie that opens nothing", got="200", answer=disabled)
    expect.problem(await bench.client().send(driver.log_in(account.email, account.password)), 401)
    expect.status(await admin.client.patch(path, json={"disabled": False}), 200)
    expect.status(await bench.client().send(driver.log_in(account.email, account.password)), 200)
