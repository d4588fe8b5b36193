from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.reset_works_once", "identity.signs_in_with_a_provider"), seconds=20, control=True)
async def run(bench: Bench) -> None:
    """Passwords, tokens, cookies, mailed links and codes never appear in the log.

    Logs are copied to places with weaker doors than the database: a log service, a ticket, a colleague's laptop.

    Fix: log method, path without its query, status and time; leave out headers and bodies, also when something fails.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    tokens, browser = await driver.sign_in(account), await driver.signed_in_browser(account)
    link = await driver.mailed(account.email, driver.forgot(account.email))
    totp = await driver.totp_secret(tokens)
    client = bench.client(tokens.headers)
    for path in ("/me", "/no/such/page", f"/login/callback?code={link}&state={link}", f"/login?next={link}"):
        await client.get(path, headers=browser.headers)
    await client.send(driver.log_in(account.email, f"{account.password} with a slip"))
    await client.put("/tokens", body=f'{{"password": "{account.password}"')
    await client.send(driver.reset(link, account.password))
    log = bench.target.logs()
    secrets = {
        "the password": account.password,
        "the access token": tokens.access,
        "the refresh token": tokens.refresh,
        "the token of a mailed link": link,
        "the secret of the codes": totp,
        **{f"the cookie {name}": value for name, value in browser.cookies.items()},
    }
    shown = [what for what, secret in secrets.items() if secret in log]
    if shown:
        sent = "logins, a reset and requests that fail, then a look into the log"
        raise Failed(sent=sent, expected="no secret in the log", got=f"{', '.join(shown)} in the log")
