from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.identity import Accounts


@check(needs=("identity.logout_ends_access", "identity.sets_cookie_flags"), seconds=15)
async def run(bench: Bench) -> None:
    """Everybody sees their own sessions and can end each of them, and nobody else's.

    "Is somebody else in my account?" is asked by people who are afraid. The list answers it, and the button helps. An
    id of a session in a URL is one more id that strangers will try.

    Fix: select and delete by id and account in one statement; what it does not find is a 404.
    """
    driver: Accounts = bench.driver
    account, stranger = await driver.account(), await driver.person()
    one, two = await driver.sign_in(account), await driver.sign_in(account)
    browser = await driver.signed_in_browser(account)
    client = bench.client(one.headers)
    items = expect.field(expect.status(await client.get("/me/sessions"), 200), "items", type=list)
    kinds = sorted(str(item.get("kind")) for item in items)
    expect.equal(kinds, ["page", "token", "token"], what="the kinds of all sessions")
    current = [item["id"] for item in items if item.get("current")]
    expect.equal(len(current), 1, what="the number of current sessions")
    for item in items:
        expect.problem(await stranger.client.delete(f"/me/sessions/{item['id']}"), 404)
    expect.status(await driver.works(two), 200)
    for item in items:
        if item["id"] != current[0]:
            expect.status(await client.delete(f"/me/sessions/{item['id']}"), 204)
            expect.problem(await client.delete(f"/me/sessions/{item['id']}"), 404)
    expect.problem(await driver.works(two), 401)
    expect.that(not await driver.is_in(browser), expected="a cookie that opens nothing", got="200")
    left = expect.field(expect.status(await client.get("/me/sessions"), 200), "items", type=list)
    expect.equal([item["id"] for item in left], current, what="what is left")
