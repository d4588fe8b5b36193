import asyncio

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money", "durability.survives_kill"), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """After kill -9 in the middle of a payment, money, order, stock and cart agree, and the buyer is charged once.

    The money moves on another machine, so no transaction holds both. What was not written down before the call is
    forgotten by the crash: a charge without an order, or stock that is gone for nothing.

    Fix: commit the order, its lines, its stock and the charge that is to be made first; call the provider then; when
    the process starts again, repeat the calls that have no answer yet, with the same key.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    payments.webhooks.held = True  # else they bring the news that the answer owes
    seller = await driver.person()
    wares = [await driver.ware(seller, stock=5) for _ in range(2)]
    shopper = await driver.shopper(*wares, quantity=2)
    async with payments.slow(10):
        called = payments.count + 1
        placing = asyncio.create_task(driver.place(shopper))
        if not await payments.until(called, within=5):
            placing.cancel()
            bench.unclear("the provider was not called within 5 s, so there was no payment to interrupt")
        await bench.target.kill()
        await placing
    await bench.target.start()
    listed = await driver.orders(shopper.person)
    if len(listed) != 1:
        made = [charge for charge in payments.charges.values() if charge.amount == shopper.total]
        raise Failed(
            sent="POST of an order, kill -9 while the provider was at work, and a new start",
            expected="the order is there, as the provider was called for it",
            got=f"{len(listed)} orders, and {len(made)} charges of {shopper.total}",
        )
    order = driver.order_of(await shopper.person.client.get(driver.order_path(str(listed[0].get("id")))))
    order = await driver.becomes(shopper.person, order, driver.paid)
    driver.charged_once(order, "kill -9 while the provider was at work")
    for ware in wares:
        await driver.holds(ware, 3)
    cart = expect.status(await driver.cart(shopper.person), 200)
    expect.field(cart, "lines", equals=[])
