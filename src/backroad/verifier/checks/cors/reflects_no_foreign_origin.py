from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.http import Http


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """No other origin is allowed to read an answer, however much it looks like the one that is.

    Sending back whatever Origin says is the quickest way to make an error go away, and lets every page on the web read
    what its visitors may read. Tests by prefix or suffix fall to a domain that anybody can register.

    Fix: compare Origin as a whole with a list of your own; never answer `*` or an echo together with credentials, and
    never `null`.
    """
    driver: Http = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    scheme, _, host = driver.friend.partition("://")
    foreign = (
        "https://evil.example", "null", f"{driver.friend}.evil.example", f"{scheme}://evil-{host}", f"http://{host}",
        f"{driver.friend}:8443", f"{scheme}://{host.upper()}.example", f"{scheme}://{host.replace('.', 'x', 1)}",
        f"{scheme}://sub.{host}",
    )  # fmt: skip
    asked = {"Access-Control-Request-Method": "PATCH", "Access-Control-Request-Headers": "authorization"}
    for origin in foreign:
        refuses(await person.client.get(thing.path, headers={"Origin": origin}), origin)
        refuses(await bench.client().options(thing.path, headers={"Origin": origin, **asked}), origin)


def refuses(answer: Answer, origin: str) -> None:
    expect.no_5xx(answer)
    allowed = answer.headers.get("access-control-allow-origin")
    credentials = (answer.headers.get("access-control-allow-credentials") or "").lower() == "true"
    got = f"Access-Control-Allow-Origin: {allowed}" + (", with credentials" if credentials else "")
    expect.that(
        allowed not in (origin, "*"), expected=f"no permission for {origin}", got=f"{got} for {origin}", answer=answer
    )
