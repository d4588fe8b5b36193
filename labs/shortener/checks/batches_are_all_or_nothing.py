from backroad.verifier import Bench, check, expect


@check(needs=("shortener.creates_batches", "data.refuses_duplicates"))
async def run(bench: Bench) -> None:
    """A batch with one link that is refused creates none.

    Half an import is worse than none: nobody knows which half, and the second try collides with the first.

    Fix: judge the whole batch before you write, and insert it in one transaction that is rolled back on a conflict.
    """
    driver = bench.driver
    person, other = await driver.person(), await driver.person()
    taken = await driver.create(other)
    aliases = [bench.word("batch-") for _ in range(3)]
    good = [driver.draft(alias=alias) for alias in aliases]
    wrong_url = [*good, driver.draft(url=driver.collection.wrong["url"])]
    driver.refused(await driver.make_batch(person, wrong_url), "links.3.url")
    twice = [*good, driver.draft(alias=aliases[0])]
    conflict = [*good, driver.draft(alias=taken.fields["slug"])]
    for drafts in (twice, conflict):
        expect.problem(await driver.make_batch(person, drafts), 409)
        listed = expect.status(await person.client.get("/links"), 200)
        expect.equal(expect.field(listed, "items"), [], what="the list after a refused batch", answer=listed)
    expect.status(await driver.make_batch(person, good), 201)
