from backroad.verifier import Bench, check, expect

LEGAL = {("paid", "shipped"), ("paid", "cancelled"), ("shipped", "delivered")}
WAYS = {  # status -> how one gets there
    "pending": (), "failed": (), "paid": (), "shipped": ("shipped",), "delivered": ("shipped", "delivered"),
    "cancelled": ("cancelled",),
}  # fmt: skip
STEPS = ("shipped", "delivered", "cancelled")


@check(needs=("shop.places_an_order", "payments.learns_by_webhook"), seconds=30)
async def run(bench: Bench) -> None:
    """An order takes the steps of the contract, by those who may; every other step is answered 409 and changes nothing.

    Shipped before it was paid, cancelled after it was delivered: each impossible state was once a button that nobody
    had guarded.

    Fix: one table of (from, to, who) and one place that looks into it; no code that sets a status otherwise.
    """
    driver = bench.driver
    seller = await driver.person()
    for status, way in WAYS.items():
        for to in STEPS:
            ware = await driver.ware(seller)
            shopper = await driver.shopper(ware)
            source = driver.accepted if status not in ("pending", "failed") else driver.undecided
            order = await driver.buy(shopper, source)
            if status == "failed":
                await bench.standin("payments").settle(driver.charges(order)[0], succeed=False)
            elif source == driver.accepted:
                await driver.becomes(shopper.person, order, "paid")
            for step in way:
                expect.status(await seller.client.send(driver.step(seller, order, step)), 200)
            if to == "shipped" and status == "paid":
                expect.problem(await shopper.person.client.send(driver.step(shopper.person, order, to)), 403)
            answer = await seller.client.send(driver.step(seller, order, to))
            after = to if (status, to) in LEGAL else status
            if after == status:
                expect.problem(answer, 409)
            else:
                expect.field(expect.status(answer, 200), "status", equals=to)
            now = await driver.look(shopper.person, order)
            expect.equal(now.status, after, what=f"the status after {status} was to be {to}", answer=now.answer)
