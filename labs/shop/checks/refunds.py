from backroad.verifier import Bench, check, expect


@check(needs=("shop.places_an_order",), seconds=20)
async def run(bench: Bench) -> None:
    """The seller gives back parts of what was paid, each once under its key, and never more than the rest.

    A refund is money that leaves. It needs what a payment needs: who may, how much at most, and only once.

    Fix: keep refunds as rows with their idempotency key, add them to the order's `refunded` under the condition that it
    stays within the total, and call the provider with a key of the refund's own.
    """
    driver = bench.driver
    seller = await driver.person()
    shopper, order = await driver.sold(seller, price=1000)
    buyer = shopper.person
    key = bench.word("key-")
    expect.problem(await buyer.client.send(driver.refunding(buyer, order, 100, key)), 403)
    for amount in (0, -5, 1.5, "100"):
        driver.refused(await seller.client.send(driver.refunding(seller, order, amount, key)), "amount")
    first = expect.status(await seller.client.send(driver.refunding(seller, order, 300, key), timeout=10), 201)
    expect.field(first, "amount", equals=300)
    again = expect.status(await seller.client.send(driver.refunding(seller, order, 300, key), timeout=10), 201)
    expect.field(again, "id", equals=first.json().get("id"))
    expect.problem(await seller.client.send(driver.refunding(seller, order, 200, key)), 422)
    expect.problem(await seller.client.send(driver.refunding(seller, order, 701, bench.word("key-"))), 409)
    last = driver.refunding(seller, order, 700, bench.word("key-"))
    expect.status(await seller.client.send(last, timeout=10), 201)
    now = await driver.look(buyer, order)
    expect.equal(driver.refunded(now.answer), 1000, what="what was refunded of the order", answer=now.answer)
    expect.equal(driver.charges(order)[0].refunded, 1000, what="what the provider gave back", answer=now.answer)
    undecided = await driver.shopper(await driver.ware(seller))
    pending = await driver.buy(undecided, driver.undecided)
    expect.problem(await seller.client.send(driver.refunding(seller, pending, 10, bench.word("key-"))), 409)
