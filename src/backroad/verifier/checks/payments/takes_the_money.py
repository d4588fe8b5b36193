from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("data.creates",), seconds=15)
async def run(bench: Bench) -> None:
    """An order is charged once, its exact total, under its own id, and becomes paid.

    The reference is how a charge and an order find each other again after a lost answer, in a webhook, or when somebody
    calls. A charge without one is money of unknown origin.

    Fix: store the order first, then charge its total with the id of the order as `reference` and an Idempotency-Key
    made of the same id; mark it as paid when the provider says so.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    wares = [await driver.ware(seller, price=1999, percent_off=15), await driver.ware(seller, price=333)]
    shopper = await driver.shopper(*wares, quantity=3)
    async with bench.standin("payments").counting() as calls:
        order = await driver.buy(shopper)
    expect.equal(order.total, shopper.total, what="the total of the order", answer=order.answer)
    order = await driver.becomes(shopper.person, order, driver.paid)
    driver.charged_once(order, "one checkout")
    keys = {call.headers.get("idempotency-key", "") for call in calls.everything if call.method == "POST"}
    expect.that(all(keys), expected="an Idempotency-Key at the provider", got="none", answer=order.answer)
