from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("idempotency.repeats_the_answer",), seconds=20)
async def run(bench: Bench) -> None:
    """A key whose request was refused before anything was done can be used again, and then works.

    "Sold out" was answered, the shop restocked, the buyer presses the same button. A key that remembers refusals
    answers "sold out" for ever.

    Fix: store the key in the transaction that makes the order, so that it is rolled back with it.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=0)
    shopper = await driver.shopper(ware)
    key = bench.word("key-")
    expect.problem(await driver.place(shopper, key), 409)
    expect.status(await seller.client.send(driver.restock(seller, ware, 1)), (200, 201))
    order = driver.order_of(expect.status(await driver.place(shopper, key), 201))
    driver.charged_once(order, "a refusal and then a second try under one key")
