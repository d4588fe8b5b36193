from backroad.verifier import Bench, check, expect


@check(needs=("data.lists_newest_first", "shortener.makes_a_link_each_time"))
async def run(bench: Bench) -> None:
    """A batch makes its links in the order given, and takes 1 to 1,000 of them.

    Imports are the first thing a larger customer asks for. One request for each row is slow, and stops in the middle.

    Fix: judge all, insert all in one transaction, answer them in order; refuse a list that is empty or too long.
    """
    driver = bench.driver
    person = await driver.person()
    drafts = [driver.draft() for _ in range(3)]
    answer = expect.status(await driver.make_batch(person, drafts), 201)
    items = expect.field(answer, "items", type=list)
    slugs, wanted = [item.get("slug") for item in items], [draft["alias"] for draft in drafts]
    expect.equal(slugs, wanted, what="the order", answer=answer)
    listed = expect.status(await person.client.get("/links"), 200)
    expect.equal(expect.field(listed, "items"), items[::-1], what="the list, newest first", answer=listed)
    expect.status(await driver.follow(driver.link_of(items[0], answer)), 302)
    small = {"url": "https://example.com/"}
    for wrong in ([], [small] * 1001, "text"):
        driver.refused(await person.client.post("/links/batch", json={"links": wrong}), "links")
