from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """The session cookie is HttpOnly, Secure and SameSite, for this host only, and too long to guess.

    Without HttpOnly one injected script reads it, without Secure one open network does, without SameSite other sites
    send it along.

    Fix: `Set-Cookie: __Host-session=…; Path=/; Secure; HttpOnly; SameSite=Lax` with 16 random bytes or more. Browsers
    take Secure cookies from localhost too.
    """
    driver: Accounts = bench.driver
    browser = driver.browser()
    answer = await driver.page_login(browser, await driver.account())
    expect.status(answer, (302, 303))
    in_force = await driver.is_in(browser)
    expect.that(in_force, expected=f"a cookie that opens {driver.home}", got="none", answer=answer)
    for name, value in list(browser.cookies.items()):
        without = driver.browser()
        without.cookies = {other: kept for other, kept in browser.cookies.items() if other != name}
        if await driver.is_in(without):
            continue  # not what opens the door
        line = next((one for one in answer.headers.get_all("set-cookie") if one.startswith(f"{name}=")), "")
        flags = [part.strip().lower() for part in line.split(";")[1:]]
        shown = f"Set-Cookie: {name}=…; {'; '.join(flags)}" if line else "no new cookie at the login"
        for flag in ("httponly", "secure"):
            expect.that(flag in flags, expected=f"a cookie with {flag}", got=shown, answer=answer)
        same_site = {"samesite=lax", "samesite=strict"} & set(flags)
        expect.that(same_site, expected="a cookie with SameSite=Lax or Strict", got=shown, answer=answer)
        wide = any(flag.startswith("domain=") for flag in flags)
        expect.that(not wide, expected="a cookie without Domain", got=shown, answer=answer)
        got = f"{len(value)} characters"
        expect.that(len(value) >= 22, expected="a value of 22 characters or more", got=got, answer=answer)
