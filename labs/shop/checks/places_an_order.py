from backroad.verifier import Bench, check, expect


@check(needs=("payments.takes_the_money", "shop.fills_a_cart"), seconds=15)
async def run(bench: Bench) -> None:
    """A checkout makes an order with its lines and sums, empties the cart, and shows it to buyer and seller.

    The order is the contract between two people. Each of them must see the same one, and find it again.

    Fix: copy the priced lines into the order, empty the cart and take the stock in one transaction; list orders by
    buyer and by seller.
    """
    driver = bench.driver
    seller = await driver.person()
    wares = [await driver.ware(seller, price=1999, percent_off=10, stock=5), await driver.ware(seller, price=50)]
    shopper = await driver.shopper(*wares, quantity=2)
    before = expect.status(await driver.cart(shopper.person), 200).json()
    answer = expect.status(await driver.place(shopper), 201)
    order = driver.order_of(answer)
    location = expect.header(answer, "Location")
    expect.that(location.endswith(order.path), expected="Location of the order", got=location, answer=answer)
    for name in ("lines", "subtotal", "discount", "total", "currency"):
        expect.field(answer, name, equals=before[name])
    expect.field(answer, "refunded", equals=0)
    expect.field(expect.status(await driver.cart(shopper.person), 200), "lines", equals=[])
    await driver.holds(wares[0], 3)
    paid = (await driver.becomes(shopper.person, order, "paid")).answer.json()
    expect.equal({**paid, "status": None}, {**answer.json(), "status": None}, what="the order", answer=answer)
    for person, path in ((shopper.person, "/orders"), (seller, "/sales")):
        listed = expect.status(await person.client.get(path), 200)
        expect.field(listed, "items", equals=[paid])
        shown = expect.status(await person.client.get(order.path), 200)
        expect.equal(shown.json(), paid, what="the order", answer=shown)
    expect.field(expect.status(await seller.client.get("/orders"), 200), "items", equals=[])
    expect.problem(await driver.place(shopper), 409)
