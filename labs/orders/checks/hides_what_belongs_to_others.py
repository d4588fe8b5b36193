from backroad.verifier import Bench, check, expect


@check(needs=("orders.sells", "orders.takes_deliveries"), seconds=20)
async def run(bench: Bench) -> None:
    """Orders, deliveries and movements of others are answered 404, and their lists stay empty.

    The gateway knows who asks, the services know what belongs to whom, and each may think that the other has looked.
    Guessing an id is then all it takes.

    Fix: hand the customer on with every request, and put `AND customer = ?` into every query of every service.
    """
    driver = bench.driver
    trade, stranger = await driver.open_trade(), await driver.person()
    order = await driver.place(trade)
    job = await driver.send_job(trade.seller, trade.item)
    product = driver.product_path(trade.item)
    theirs = (order.path, job.path, f"{product}/movements")
    for path in theirs:
        expect.problem(await stranger.client.get(path), 404)
    expect.problem(await stranger.client.post(f"{job.path}/retry"), 404)
    for path in ("/orders", "/parked", "/products"):
        listed = expect.status(await stranger.client.get(path), 200)
        expect.field(listed, "items", equals=[])
    expect.status(await trade.buyer.client.get(order.path), 200)
    expect.status(await stranger.client.get(product), 200)
