from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",), seconds=20)
async def run(bench: Bench) -> None:
    """While a payment is undecided its pieces are held: nobody else can buy them.

    A bank transfer takes a day. If the last piece is sold again meanwhile, one of two paid orders cannot be sent.

    Fix: take the stock when the order is placed, not when it is paid, and give it back if the payment fails.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=1)
    first, second = await driver.shopper(ware), await driver.shopper(ware)
    order = await driver.buy(first, driver.undecided)
    expect.equal(order.status, driver.pending, what="the status", answer=order.answer)
    await driver.holds(ware, 0)
    expect.problem(await driver.place(second), 409)
    driver.taken(await bench.standin("payments").settle(driver.charges(order)[0]))
    await driver.becomes(first.person, order, driver.paid)
    await driver.holds(ware, 0)
