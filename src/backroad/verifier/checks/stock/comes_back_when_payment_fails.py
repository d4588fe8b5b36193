from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("stock.is_held_while_payment_is_pending", "payments.declines_politely"), seconds=20)
async def run(bench: Bench) -> None:
    """When a payment fails, at once or a day later, its pieces can be bought again.

    What is held and never given back is unsold for good: the shop says "sold out" in front of a full shelf.

    Fix: give the pieces back in the transaction that marks the order as failed, whoever brings the news: the answer of
    the provider or its webhook.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=2)
    declined = await driver.shopper(ware, quantity=2)
    expect.problem(await driver.place(declined, source=driver.declined), 402)
    await driver.holds(ware, 2)
    undecided = await driver.shopper(ware, quantity=2)
    order = await driver.buy(undecided, driver.undecided)
    await driver.holds(ware, 0)
    driver.taken(await bench.standin("payments").settle(driver.charges(order)[0], succeed=False))
    await driver.becomes(undecided.person, order, driver.failed)
    await driver.holds(ware, 2)
    await driver.buy(await driver.shopper(ware, quantity=2))
