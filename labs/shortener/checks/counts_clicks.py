from backroad.verifier import Bench, check, expect


@check(needs=("shortener.redirects", "limits.leaves_hits_alone"))
async def run(bench: Bench) -> None:
    """Each redirect counts as one click of that link, and shows at once.

    Clicks are why many people use a shortener. A count that lags looks broken; one that leaks into other links is.

    Fix: add one where the redirect is answered, in one statement, and read the count from the same place.
    """
    driver = bench.driver
    person = await driver.person()
    link, other = await driver.create(person), await driver.create(person)
    for clicks in (1, 2, 3):
        expect.status(await driver.follow(link), 302)
        shown = expect.status(await person.client.get(link.path), 200)
        expect.field(shown, "clicks", equals=clicks)
    expect.field(await person.client.get(other.path), "clicks", equals=0)
