from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.upstreams import Upstreams

BREAK = "\r\nX-Injected: 1"
ENDS = ("&key=stolen", " & Hove", "#fragment", "?x=1", "%26key=stolen", "/../../v2", BREAK, "+", ";a=b", "é")


@check(needs=("upstreams.answers_from_it",), seconds=15)
async def run(bench: Bench) -> None:
    """What a client names reaches the upstream as one value, or not at all.

    Glued into a URL, `Oslo&key=...` adds a parameter and `../admin` another path: your key then opens doors that the
    client chose.

    Fix: let the library build the query (params=, URLSearchParams, url.Values); never join text to a URL.
    """
    driver: Upstreams = bench.driver
    client, standin = bench.client(), driver.standin
    async with standin.counting() as seen:
        plain = await driver.subject()
        expect.status(await client.send(driver.ask(plain)), 200)
    usual = seen.work[0]
    for end in ENDS:
        text = await driver.subject() + end
        async with standin.counting() as seen:
            answer = await client.send(driver.ask(text))
        if not seen.count:
            refused = 400 <= answer.status < 500
            expect.that(refused, expected="a refusal, 4xx, or a call", got=f"{answer.status}", answer=answer)
            continue
        call = seen.work[0]
        expected = f"the upstream asked for {text!r}, and nothing else"
        got = f"{call.path} with {', '.join(f'{k}={v!r}' for k, v in sorted(call.query.items()) if v != standin.key)}"
        same = call.path == usual.path and call.query.keys() == usual.query.keys()
        wanted = {name: text if value == plain else value for name, value in usual.query.items()}
        expect.that(same and dict(call.query) == wanted, expected=expected, got=got, answer=answer)
