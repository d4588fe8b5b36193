from backroad.verifier import Bench, check, expect


@check(needs=("data.creates", "limits.leaves_hits_alone"))
async def run(bench: Bench) -> None:
    """A slug that nobody made is answered 404 with a problem document, also under /links.

    A friendly redirect to the home page tells search engines and monitors that every mistyped link works.

    Fix: answer 404 where the look-up finds nothing; slugs are compared as a whole and with their case.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    slug = thing.fields["slug"]
    for unknown in (bench.word("unknown-"), slug[:-1], slug.upper()):
        expect.problem(await bench.client().get(f"/{unknown}"), 404)
        expect.problem(await person.client.get(f"/links/{unknown}"), 404)
