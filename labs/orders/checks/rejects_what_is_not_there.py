from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import REJECTED


@check(needs=("orders.sells",), seconds=30)
async def run(bench: Bench) -> None:
    """An order of which one line is not there is rejected with the reason, and takes none of the others.

    Half an order is what nobody asked for. The line that was there is put aside for an order that is over, and missing
    for the next customer.

    Fix: reserve all lines in one transaction; if one cannot be, roll back and answer out_of_stock or unknown_product.
    """
    driver = bench.driver
    full, short = await driver.open_trade(stock=10), await driver.open_trade(stock=1)
    cases = {"out_of_stock": short.item, "unknown_product": bench.word("nothing-")}
    for reason, sku in cases.items():
        lines = [{"sku": full.item, "quantity": 2}, {"sku": sku, "quantity": 2}]
        order = driver.accepted(await full.buyer.client.post("/orders", json={"lines": lines}))
        expect.equal(await driver.until_settled(full, [order]), [REJECTED], what="the state of the order")
        shown = expect.status(await full.buyer.client.get(order.path), 200)
        expect.field(shown, "reason", equals=reason)
        expect.equal([await driver.left(full), await driver.left(short)], [10, 1], what="what is left of both items")
    expect.equal((await driver.money(full))["buyer"], driver.purse, what="the money of the buyer")
