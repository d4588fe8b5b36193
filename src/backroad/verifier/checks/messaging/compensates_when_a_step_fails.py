import asyncio

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED, REJECTED, Messaging

WITHIN = 5.0


@check(needs=("data.creates",), seconds=40)
async def run(bench: Bench) -> None:
    """When a later step of an order fails, what the earlier steps did is undone.

    Each service commits for itself, so nothing rolls back across them. Stock that was put aside for an order that
    nobody can pay is sold to nobody, and the shelf is empty in the books only.

    Fix: give each step its compensation; when a step is refused, send the compensations of the steps before it through
    the same outbox, and let the order end rejected.
    """
    driver: Messaging = bench.driver
    price = driver.purse * 3 // 5  # the buyer can pay one, and not two
    trade = await driver.open_trade(stock=5, price=price)
    bought = await driver.place(trade)
    expect.equal(
        await driver.until_settled(trade, [bought]), [CONFIRMED], what="the state of an order that can be paid"
    )
    expect.equal(await driver.left(trade), 4, what="what is left of the item")
    have = {"buyer": driver.purse - price, "seller": driver.purse + price}
    expect.equal(await driver.money(trade), have, what="the money after it")
    dear = await driver.place(trade)
    expect.equal(
        await driver.until_settled(trade, [dear]), [REJECTED], what="the state of an order that cannot be paid"
    )
    await driver.until(lambda: driver.left(trade), lambda left: left >= 4, within=WITHIN)
    await asyncio.sleep(0.2)  # long enough for a release too many to be seen
    expect.equal(await driver.left(trade), 4, what="what is left of the item after the release")
    expect.equal(await driver.money(trade), have, what="the money after it")
