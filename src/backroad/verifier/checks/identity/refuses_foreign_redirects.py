from urllib.parse import urljoin, urlsplit

from backroad.verifier import Answer, Bench, Failed, check, expect
from backroad.verifier.drivers.identity import Accounts

EVIL = (
    "https://evil.example/", "//evil.example/", "/\\evil.example/", "\\\\evil.example/", "https:evil.example",
    "///evil.example/", "/\t/evil.example/", "\t//evil.example/", "javascript:alert(1)", "@evil.example",
    "https://{host}@evil.example/", "https://{host}.evil.example/",
)  # fmt: skip


@check(needs=("identity.signs_in_with_a_provider",), seconds=20)
async def run(bench: Bench) -> None:
    """After a login the browser goes to a page of this site, wherever `next` says.

    A link to your own login that ends at somebody else's copy of it ("wrong password, once more please") is how
    passwords are fished from careful people.

    Fix: take only paths: one slash, then no slash and no backslash, and nothing below a blank; everything else leads
    home.
    """
    driver: Accounts = bench.driver
    account = await driver.account()
    bench.standin("identity").sign_in(bench.word("rita"))
    for template in EVIL:
        evil = template.format(host=bench.target.netloc)
        stays(bench, await driver.page_login(driver.browser(), account, next=evil), evil)
    for evil in EVIL[:4]:
        browser = driver.browser()
        back = await driver.at_provider(await driver.to_provider(browser, evil))
        stays(bench, await driver.come_back(browser, back), evil)
    wanted = f"{driver.home}?tab=1"
    answer = await driver.page_login(driver.browser(), account, next=wanted)
    location = expect.header(expect.status(answer, (302, 303)), "Location")
    expect.that(location.endswith(wanted), expected=f"Location: {wanted}", got=f"Location: {location}", answer=answer)


def stays(bench: Bench, answer: Answer, evil: str) -> None:
    """As browsers read it: without tabs and line breaks, a backslash is a slash."""
    location = answer.headers.get("location") or ""
    read = "".join(char for char in location if char not in "\t\r\n").strip().replace("\\", "/")
    leads = urlsplit(urljoin(bench.target.base_url + "/", read))
    if answer.status < 400 and (leads.netloc != bench.target.netloc or leads.scheme != "http"):
        sent = f"a login with next={evil!r}"
        got = f"Location: {location!r}"
        raise Failed(sent=sent, expected="a Location on this site", got=got, exchanges=(answer.exchange,))
