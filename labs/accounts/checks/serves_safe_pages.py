from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

NAME = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
SECURITY = r"default-src '(none|self)'"


@check(needs=("identity.sets_cookie_flags",), seconds=15)
async def run(bench: Bench) -> None:
    """Pages show what people typed as text, forbid scripts and frames, and are kept by no cache.

    A name with a script in it, shown to an administrator, runs as the administrator. A page in a foreign frame is
    clicked without being seen.

    Fix: escape where HTML is written, and send Content-Security-Policy with default-src 'none' (or 'self') and
    frame-ancestors 'none', X-Content-Type-Options: nosniff and Cache-Control: no-store.
    """
    driver: Accounts = bench.driver
    browser = await driver.signed_in_browser(await driver.account(name=NAME))
    reflected = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    pages = [
        await browser.get("/account"),
        await driver.browser().get(f"/login?next=/{reflected}&email={reflected}"),
        await browser.get(f"/login/callback?state={reflected}&code={reflected}"),
    ]
    for page in pages:
        expect.header(page, "content-type", matches=r"(?i)^text/html; *charset=utf-8$")
        expect.header(page, "content-security-policy", matches=SECURITY)
        expect.header(page, "content-security-policy", matches=r"frame-ancestors 'none'")
        expect.header(page, "x-content-type-options", matches=r"(?i)^nosniff$")
        expect.header(page, "cache-control", matches=r"\bno-store\b")
        raw = next((tag for tag in ("<script", "<img", 'value=""\'>') if tag in page.text), "")
        expect.that(not raw, expected="what was typed, escaped", got=f"{raw} in the page", answer=page)
    expect.that("alert(1)" in pages[0].text, expected="the name on the page", got="no such text", answer=pages[0])
    stranger = await driver.browser().get("/account")
    expect.header(expect.status(stranger, (302, 303)), "Location", matches=r"/login\b")
