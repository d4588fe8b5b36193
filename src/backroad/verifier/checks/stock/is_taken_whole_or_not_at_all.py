from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",))
async def run(bench: Bench) -> None:
    """An order of which one line is not in stock is refused with 409 and takes nothing of the others.

    A loop that takes line by line and stops in the middle leaves stock that is neither there nor sold, until somebody
    counts the shelf.

    Fix: one transaction around all lines, rolled back as a whole when one of them cannot be had; charge nobody before.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    wares = [await driver.ware(seller, stock=stock) for stock in (5, 1, 5)]
    shopper = await driver.shopper(*wares, quantity=2)
    async with bench.standin("payments").counting() as calls:
        expect.problem(await driver.place(shopper), 409)
    for ware, stock in zip(wares, (5, 1, 5), strict=True):
        await driver.holds(ware, stock)
    cart = expect.status(await driver.cart(shopper.person), 200)
    expect.equal(cart.json().get("total"), shopper.total, what="the total of the cart afterwards", answer=cart)
    expect.that(calls.count == 0, expected="no call of the provider", got=f"{calls.count}", answer=cart)
