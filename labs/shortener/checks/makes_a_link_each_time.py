from backroad.verifier import Bench, check, expect
from backroad.verifier.wording import count


@check(needs=("shortener.redirects", "limits.leaves_hits_alone"))
async def run(bench: Bench) -> None:
    """The same URL shortened twice gives two links, for one owner and for two.

    Slugs that are a hash of the URL collide here: two owners share one link, its clicks and its fate.

    Fix: choose the slug at random, not from the URL; try again on the rare collision.
    """
    driver = bench.driver
    alice, bob = await driver.person(), await driver.person()
    url = f"https://example.com/{bench.word()}"
    made = [await driver.create(person, url=url, alias=...) for person in (alice, alice, bob)]
    slugs = {thing.fields["slug"] for thing in made}
    got = f"{count(len(slugs))} for all of them"
    expect.that(len(slugs) == 3, expected="three slugs for three links", got=got, answer=made[-1].answer)
    for thing in made:
        expect.header(expect.status(await driver.follow(thing), 302), "location", equals=url)
