from backroad.verifier import Bench, check, expect


@check(needs=("shortener.redirects", "limits.leaves_hits_alone", "data.patch_keeps_the_rest"))
async def run(bench: Bench) -> None:
    """After a target was changed the very next redirect leads to the new one.

    A cache in front of the look-up is the first thing people add. Without invalidation a corrected link goes on leading
    to the wrong page.

    Fix: remove or overwrite the cached entry in the same step as the change, before it is answered.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    for number in (1, 2):
        expect.status(await driver.follow(thing), 302)  # so that it is in every cache there may be
        url = f"https://example.org/moved-{number}"
        answer = expect.status(await person.client.patch(thing.path, json={"url": url}), 200)
        expect.field(answer, "url", equals=url)
        expect.header(expect.status(await driver.follow(thing), 302), "location", equals=url)
