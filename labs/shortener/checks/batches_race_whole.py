from backroad.verifier import Bench, check, expect

BATCHES = 8


@check(needs=("shortener.batches_are_all_or_nothing",), seconds=15)
async def run(bench: Bench) -> None:
    """Of eight batches at once that want one alias, one is created whole and seven leave no trace.

    The conflict is found in the middle of the work. What was inserted before it must go again, also when eight do this
    at the same time.

    Fix: one transaction for the batch, the unique index inside it, roll back on its violation. Insert in a fixed order
    of aliases if your database reports deadlocks, or answer them by trying again.
    """
    driver = bench.driver
    person = await driver.person()
    wanted = bench.word("wanted-")
    batches = [[driver.draft(), driver.draft(alias=wanted), driver.draft()] for _ in range(BATCHES)]
    answers = await bench.at_once(
        [person.request("POST", "/links/batch", json={"links": drafts}) for drafts in batches]
    )
    won = expect.exactly_one(answers, 201, rest=409)
    listed = expect.status(await person.client.get("/links", query={"limit": 100}), 200)
    got = {item.get("slug") for item in expect.field(listed, "items", type=list)}
    want = {draft["alias"] for draft in batches[answers.index(won)]}
    expect.equal(sorted(got), sorted(want), what="all that was created", answer=listed)
