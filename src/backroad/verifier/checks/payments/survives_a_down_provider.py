from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",), seconds=40)
async def run(bench: Bench) -> None:
    """With the provider down, orders are taken as pending, and are charged by themselves once it is back.

    Providers are down a few hours a year, mostly on the busiest day. What a shop takes down in that time it can charge
    later; what it refuses is gone.

    Fix: write the charge that is still to be made into the transaction that makes the order (an outbox), and let a
    worker go through it, with a pause between attempts that grows.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=5)
    shopper = await driver.shopper(ware)
    async with bench.standin("payments").down():
        answer = expect.status(await driver.place(shopper), (201, 202))
        order = driver.order_of(answer)
        expect.equal(order.status, driver.pending, what="the status while the provider is down", answer=answer)
        await driver.holds(ware, 4)
    order = await driver.becomes(shopper.person, order, driver.paid)
    driver.charged_once(order, "a while without the provider")
    await driver.holds(ware, 4)
