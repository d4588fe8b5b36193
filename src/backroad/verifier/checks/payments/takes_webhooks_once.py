import asyncio

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.commerce import Commerce

COPIES = 6


@check(needs=("payments.learns_by_webhook", "stock.is_held_while_payment_is_pending"), seconds=20)
async def run(bench: Bench) -> None:
    """A webhook that comes seven times, six of them at once, counts once, and each copy is answered 200.

    Providers deliver at least once: whenever your 200 got lost, they send it again. What is done per delivery is then
    done twice: stock given back twice, a parcel sent twice.

    Fix: let the state decide (`UPDATE … WHERE status = 'pending'`) and do what follows only if a row changed, or insert
    the id of the event under a unique index, in the transaction that acts on it.
    """
    driver: Commerce = bench.driver
    hooks = bench.standin("payments").webhooks
    seller = await driver.person()
    ware = await driver.ware(seller, stock=9)
    shopper = await driver.shopper(ware, quantity=2)
    order = await driver.buy(shopper, driver.undecided)
    event = hooks.event("charge.failed", driver.charge_fields(order, status="failed"))
    await asyncio.gather(*(hooks.deliver(event) for _ in range(COPIES)))
    await driver.becomes(shopper.person, order, driver.failed, within=3)
    await hooks.replay(event, age=5)
    refused = [delivery for delivery in event.deliveries if delivery.status not in (200, 202, 204)]
    left = driver.left(await driver.stock_of(ware))
    if refused or left != 9:
        answers = ", ".join(str(delivery.status or delivery.reason) for delivery in event.deliveries)
        raise Failed(
            sent=f"one webhook charge.failed for an order of 2 pieces, {COPIES} times at once and once more later",
            expected="200 each time, and a stock of 9 again",
            got=f"{answers}, and a stock of {left}",
        )
