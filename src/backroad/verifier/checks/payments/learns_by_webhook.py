from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",), seconds=20)
async def run(bench: Bench) -> None:
    """An undecided payment leaves the order pending until the provider's webhook says paid or failed.

    Bank transfers and 3-D Secure are decided minutes or days later, and only the webhook tells. An order that was
    marked as paid too early is a parcel sent for nothing.

    Fix: believe the `status` of the charge and not its 201; find the order of a webhook by `data.reference`, change it
    only from pending, and answer 200.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller)
    for succeed, status in ((True, driver.paid), (False, driver.failed)):
        shopper = await driver.shopper(ware)
        order = await driver.buy(shopper, driver.undecided)
        expect.equal(order.status, driver.pending, what="the status before the webhook", answer=order.answer)
        driver.charged_once(order, "one checkout")
        driver.taken(await payments.settle(driver.charges(order)[0], succeed=succeed))
        await driver.becomes(shopper.person, order, status, within=3)
    unknown = await payments.webhooks.send("charge.succeeded", driver.charge_fields(order, reference="somewhere-else"))
    driver.taken(unknown)
