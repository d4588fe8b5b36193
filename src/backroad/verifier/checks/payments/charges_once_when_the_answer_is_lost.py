from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

TROUBLES = {
    "lost": "the charge was made and the connection closed without an answer",
    "html": "the charge was made and the answer was a page of HTML, with 200",
    "error": "the provider answered 500 and had done nothing",
}


@check(needs=("payments.takes_the_money",), seconds=60)
async def run(bench: Bench) -> None:
    """A charge whose answer is lost or nonsense is asked for again with the same key: paid in the end, charged once.

    After a lost answer nobody knows whether the money moved. Asking again with a new key takes it twice; giving up
    takes it for nothing.

    Fix: keep the order pending, repeat the same request with the same Idempotency-Key (made of the order's id, not of
    the attempt) until there is an answer you understand, and treat nothing else as a yes or a no.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    payments.webhooks.held = True  # else they bring the news that the answer owes
    seller = await driver.person()
    ware = await driver.ware(seller, stock=10)
    for how, what in TROUBLES.items():
        bench.log(what)
        shopper = await driver.shopper(ware)
        async with payments.wrong(how, times=1, path="^/v1/charges$"):
            answer: Answer = expect.status(await driver.place(shopper), (201, 202))
            order = driver.order_of(answer)
        expected = f"{driver.pending}, or {driver.paid} by asking again"
        known = order.status in (driver.pending, driver.paid)
        expect.that(known, expected=expected, got=f"{order.status}, after {what}", answer=answer)
        driver.charged_once(await driver.becomes(shopper.person, order, driver.paid), what)
