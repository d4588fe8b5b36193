from backroad.verifier import Bench, check, expect


@check(needs=("data.lists_newest_first", "data.refuses_duplicates"))
async def run(bench: Bench) -> None:
    """An import lists its products in the order given, or none of them if one is refused.

    Half an import is worse than none: nobody knows which half, and the second try collides with the first.

    Fix: judge all of it before you write, and insert it in one transaction that is rolled back on a conflict.
    """
    driver = bench.driver
    seller, other = await driver.person(), await driver.person()
    taken = (await driver.create(other)).fields["handle"]
    good = [driver.draft() for _ in range(3)]

    async def take_in(drafts):
        return await seller.client.post("/products/import", json={"products": drafts})

    driver.refused(await take_in([*good, driver.draft(price=1.5)]), "products.3.price")
    for drafts in ([*good, driver.draft(handle=taken)], [*good, driver.draft(handle=good[0]["handle"])]):
        expect.problem(await take_in(drafts), 409)
        listed = expect.status(await seller.client.get("/products"), 200)
        expect.equal(expect.field(listed, "items"), [], what="the list after a refused import", answer=listed)
    answer = expect.status(await take_in(good), 201)
    handles = [item.get("handle") for item in expect.field(answer, "items", type=list)]
    expect.equal(handles, [draft["handle"] for draft in good], what="the order", answer=answer)
    for wrong in ([], [driver.draft()] * 501, "text"):
        driver.refused(await take_in(wrong), "products")
