from backroad.verifier import Bench, check, expect


@check(needs=("shortener.creates_a_link",))
async def run(bench: Bench) -> None:
    """The short URL comes from the configuration, whatever Host the request names.

    Host is chosen by the client. Short URLs built from it send people to an attacker's server, from your database,
    with your help.

    Fix: build absolute URLs from BASE_URL; do not trust Host, nor X-Forwarded-Host from strangers.
    """
    driver = bench.driver
    person = await driver.person()
    usual = await driver.create(person)
    base = usual.fields["short_url"].removesuffix(usual.fields["slug"])
    forged = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
    answer = await person.client.post("/links", json=driver.draft(), headers=forged)
    if answer.status == 201:  # refusing an unknown Host is as good
        expect.field(answer, "short_url", equals=base + answer.json()["slug"])
        expect.that("evil" not in str(answer.headers), expected="no evil.example in the headers", got="it is there")
    for headers in ({"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}):
        answer = await person.client.post("/links", json=driver.draft(), headers=headers)
        expect.field(expect.status(answer, 201), "short_url", equals=base + answer.json()["slug"])
