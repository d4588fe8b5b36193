from backroad.verifier import Bench, check, expect


@check(needs=("shop.shows_the_catalogue", "data.patch_keeps_the_rest"))
async def run(bench: Bench) -> None:
    """A changed price, a restock and a new name show in catalogue, search and cart with the very next request.

    The catalogue is what people cache first. A price that is a minute old is a price that somebody is charged and did
    not see, or the other way round.

    Fix: remove the cached entry in the same step as the change, before it is answered, or do not cache prices and
    stock.
    """
    driver = bench.driver
    seller, buyer = await driver.person(), await driver.person()
    old, new = bench.word("old"), bench.word("new")
    ware = await driver.create(seller, name=f"Jar {old}", price=500, stock=1)
    handle, path = ware.fields["handle"], driver.public(ware)[0]
    expect.status(await buyer.client.send(driver.put(buyer, ware, 2)), 200)
    visitor = bench.client()
    for word in (old, new):
        await visitor.get(path)  # so that it is in every cache there may be
        await visitor.get("/catalogue", query={"q": word})
    changed = await seller.client.patch(ware.path, json={"price": 700, "name": f"Jar {new}"})
    expect.status(changed, 200)
    expect.status(await seller.client.send(driver.restock(seller, ware, 4)), 200)
    shown = expect.status(await visitor.get(path), 200)
    for name, value in (("price", 700), ("stock", 5), ("name", f"Jar {new}")):
        expect.field(shown, name, equals=value)
    for word, wanted in ((old, []), (new, [handle])):
        found = expect.status(await visitor.get("/catalogue", query={"q": word}), 200)
        handles = [item.get("handle") for item in expect.field(found, "items", type=list)]
        expect.equal(handles, wanted, what=f"what a search for {word} finds", answer=found)
    expect.field(expect.status(await driver.cart(buyer), 200), "total", equals=1400)
