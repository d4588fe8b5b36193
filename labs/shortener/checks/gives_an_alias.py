from backroad.verifier import Bench, check, expect


@check(needs=("shortener.redirects", "limits.leaves_hits_alone"))
async def run(bench: Bench) -> None:
    """An alias becomes the slug exactly as asked for, and its case matters.

    What was printed on posters has to work as printed, and /Sale must not end up at somebody else's /sale.

    Fix: store the alias as it came and compare it byte for byte (a case-sensitive collation in MySQL and others).
    """
    driver = bench.driver
    person = await driver.person()
    word = bench.word("")[:8]
    for alias in (f"{word}-Sale_1", f"{word}-SALE_1", f"_{word}-"):
        thing = await driver.create(person, alias=alias, url=f"https://example.com/{alias}")
        expect.field(thing.answer, "slug", equals=alias)
        answer = expect.status(await bench.client().get(f"/{alias}"), 302)
        expect.header(answer, "location", equals=f"https://example.com/{alias}")
