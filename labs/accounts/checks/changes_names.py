from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts

NAMES = ("\u0141ucja \u05d0\u05d1\u05d2", "O'Brien; DROP TABLE accounts; --", "<b>Pat</b> &amp;", "x" * 100, "P")


@check(needs=("access.lets_you_in",), seconds=15)
async def run(bench: Bench) -> None:
    """PATCH /me changes the name, keeps it exactly, and leaves everything else alone.

    People have names in every script and with every sign. What a form changes by itself, or wipes because it was not
    sent, is noticed by the person whose name it is.

    Fix: parameters in SQL, UTF-8 throughout, escaping only where HTML is written; update only the fields that came.
    """
    driver: Accounts = bench.driver
    person = await driver.person()
    before = expect.status(await person.client.get("/me"), 200).json()
    expect.status(await person.client.patch("/me", json={}), 200)
    for name in NAMES:
        changed = expect.status(await person.client.patch("/me", json={"name": name}), 200)
        expect.field(changed, "name", equals=name)
        now = expect.status(await person.client.get("/me"), 200)
        expect.equal(now.json(), {**before, "name": name}, what="the account", answer=now)
    for wrong in ("", None, "x" * 101, "a\u0000b"):
        driver.refused(await person.client.patch("/me", json={"name": wrong}), "name")
