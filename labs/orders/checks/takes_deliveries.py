from backroad.verifier import Bench, check, expect


@check(needs=("messaging.tells_the_truth_about_progress",), seconds=30)
async def run(bench: Bench) -> None:
    """A delivery raises the stock by what its document says, and is a movement of the product; so is an order.

    "Why are there eleven?" is asked every week. A number that is overwritten has no answer, a list of movements has.

    Fix: write a movement for every change of stock, in the transaction that changes it, and never change one.
    """
    driver = bench.driver
    trade = await driver.open_trade(stock=5)
    seller = trade.seller
    body = {"sku": trade.item, "document": '{"quantity": 7, "inspect_ms": 50}'}
    answer = expect.status(await seller.client.post("/deliveries", json=body), 202)
    number = expect.field(answer, "id", type=str)
    expect.field(answer, "document", equals=body["document"])
    left = await driver.until(lambda: driver.left(trade), lambda left: left != 5)
    expect.equal(left, 12, what="the stock after the delivery")
    order = await driver.place(trade, quantity=2)
    expect.equal(await driver.until_settled(trade, [order]), ["confirmed"], what="the state of the order")
    moved = [
        (one.get("kind"), one.get("source"), one.get("change")) for one in await driver.movements(seller, trade.item)
    ]
    expect.equal(moved, [("delivery", number, 7), ("order", order.id, -2)], what="the movements")
