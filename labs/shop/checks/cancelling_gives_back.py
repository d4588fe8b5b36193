import asyncio

from backroad.verifier import Bench, check, expect


@check(needs=("shop.takes_legal_steps", "shop.refunds"), seconds=20)
async def run(bench: Bench) -> None:
    """A cancelled order gives back its stock, and through the provider all of the money that was not refunded before.

    A status alone cancels nothing: the pieces are still not for sale and the buyer still waits for the money.

    Fix: in one transaction change the status, add the stock and note the refund of what is left; then call the
    provider, and again until it answers.
    """
    driver = bench.driver
    seller = await driver.person()
    for refunded in (0, 400):
        ware = await driver.ware(seller, price=1000, stock=4)
        shopper = await driver.shopper(ware, quantity=3)
        order = await driver.becomes(shopper.person, await driver.buy(shopper), "paid")
        await driver.holds(ware, 1)
        if refunded:
            expect.status(await seller.client.send(driver.refunding(seller, order, refunded, bench.word("key-"))), 201)
        answer = await shopper.person.client.send(driver.step(shopper.person, order, "cancelled"), timeout=10)
        expect.field(expect.status(answer, 200), "refunded", equals=3000)
        await driver.holds(ware, 4)
        [charge] = driver.charges(order)
        for _ in range(30):
            if charge.refunded == 3000:
                break
            await asyncio.sleep(0.1)
        expect.equal(charge.refunded, 3000, what="what the provider gave back", answer=answer)
