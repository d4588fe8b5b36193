from backroad.verifier import Bench, check, expect


@check(needs=("shop.shows_the_catalogue",))
async def run(bench: Bench) -> None:
    """A cart holds what was put into it, says what each line costs, and saying the same twice changes nothing.

    "Add one" sent twice by a nervous finger is two. "Two of these" sent twice is two.

    Fix: PUT sets the quantity of a line under a key of (cart, product); lines are priced when they are shown.
    """
    driver = bench.driver
    seller, buyer = await driver.person(), await driver.person()
    empty = expect.status(await driver.cart(buyer), 200)
    for name, value in (("lines", []), ("subtotal", 0), ("discount", 0), ("total", 0), ("currency", "EUR")):
        expect.field(empty, name, equals=value)
    mug, pot = await driver.ware(seller, price=1250), await driver.ware(seller, price=990)
    for ware, quantity in ((mug, 1), (pot, 3), (mug, 2), (mug, 2)):
        answer = expect.status(await buyer.client.send(driver.put(buyer, ware, quantity)), 200)
    shown = expect.status(await driver.cart(buyer), 200)
    expect.equal(shown.json(), answer.json(), what="the cart", answer=shown)
    lines = sorted((line["handle"], line["quantity"], line["total"]) for line in expect.field(shown, "lines"))
    wanted = sorted([(mug.fields["handle"], 2, 2500), (pot.fields["handle"], 3, 2970)])
    expect.equal(lines, wanted, what="handle, quantity and total of the lines", answer=shown)
    for wrong in (0, -1, 100, 1.5, "2"):
        driver.refused(await buyer.client.send(driver.put(buyer, mug, wrong)), "quantity")
    path = f"/cart/lines/{mug.fields['handle']}"
    expect.status(await buyer.client.delete(path), 204)
    expect.problem(await buyer.client.delete(path), 404)
    expect.field(expect.status(await driver.cart(buyer), 200), "total", equals=2970)
    expect.problem(await buyer.client.put("/cart/lines/no-such-thing", json={"quantity": 1}), 404)
