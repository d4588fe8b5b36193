from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",), seconds=15)
async def run(bench: Bench) -> None:
    """A declined card is answered 402, nothing is sold, and the cart is still there for another card.

    One card in ten is declined. Whoever then meets a 500 or an empty cart leaves, and buys somewhere else.

    Fix: turn the provider's 402 into a 402 of yours with a problem document, fail the order, and give stock and cart
    back in that transaction.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=3)
    shopper = await driver.shopper(ware, quantity=2)
    expect.problem(await driver.place(shopper, source=driver.declined), 402)
    cart = expect.status(await driver.cart(shopper.person), 200)
    expect.equal(cart.json().get("total"), shopper.total, what="the total of the cart afterwards", answer=cart)
    await driver.holds(ware, 3)
    states = [order.get("status") for order in await driver.orders(shopper.person)]
    sold = [state for state in states if state != driver.failed]
    expect.equal(sold, [], what="what is listed besides failed orders")
    order = await driver.becomes(shopper.person, await driver.buy(shopper), driver.paid)
    driver.charged_once(order, "a declined card and then a good one")
