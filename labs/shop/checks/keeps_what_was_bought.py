from backroad.verifier import Bench, check, expect


@check(needs=("shop.places_an_order", "data.deletes_for_good"), seconds=15)
async def run(bench: Bench) -> None:
    """An order goes on saying what was bought, at which price, after the product was renamed, repriced and deleted.

    An order that looks up today's name and price rewrites last year's invoice. Tax offices take that badly.

    Fix: copy name, price and discount into the lines of the order when it is placed; do not join the product.
    """
    driver = bench.driver
    seller = await driver.person()
    shopper, order = await driver.sold(seller, price=1500)
    bought = (await driver.look(shopper.person, order)).answer.json()
    handle = bought["lines"][0]["handle"]
    path = driver.product_path(handle)
    expect.status(await seller.client.patch(path, json={"name": "Another", "price": 99, "percent_off": 50}), 200)
    for _ in range(2):
        shown = expect.status(await shopper.person.client.get(order.path), 200)
        expect.equal(shown.json(), bought, what="the order", answer=shown)
        await seller.client.delete(path)
    expect.field(expect.status(await shopper.person.client.get("/orders"), 200), "items", equals=[bought])
