from typing import Any

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce, Order

PRICE = 5000
FORGED = ("price", "unit_price", "discount", "percent_off")


@check(needs=("payments.takes_the_money",), seconds=15)
async def run(bench: Bench) -> None:
    """What is charged is made of the catalogue's prices, whatever prices a client sends.

    The shop page shows a price, so the price is in the browser, so somebody edits it. The television for one cent is
    the oldest trick of all.

    Fix: take product and quantity from the client and the price from the database; compare the total that the buyer saw
    with the one that you compute, and never charge the former.
    """
    driver: Commerce = bench.driver
    seller, buyer = await driver.person(), await driver.person()
    ware = await driver.ware(seller, price=PRICE)
    expect.status(await buyer.client.send(driver.put(buyer, ware, 1)), (200, 201, 204))
    for name in FORGED:
        expect.no_5xx(await buyer.client.send(driver.put(buyer, ware, 1, **{name: 99})))
    cart = expect.status(await driver.cart(buyer), 200)
    expect.field(cart, "total", equals=PRICE)
    forged: list[tuple[int, dict[str, Any]]] = [
        (1, {}), (PRICE, {"amount": 1}), (PRICE, {"price": 1}), (PRICE, {"total_price": 1}),
    ]  # fmt: skip
    for total, more in forged:
        request = driver.placing(buyer, bench.word("key-"), total, **more)
        answer = await buyer.client.send(request, timeout=10)
        expect.no_5xx(answer)
        if answer.status < 400:  # what was forged was ignored, which is as good
            driver.charged_once(priced(driver, answer), "a forged price")
            expect.status(await buyer.client.send(driver.put(buyer, ware, 1)), (200, 201, 204))
    request = driver.placing(buyer, bench.word("key-"), PRICE)
    order = priced(driver, expect.status(await buyer.client.send(request, timeout=10), (201, 202)))
    driver.charged_once(order, "forged prices")


def priced(driver: Commerce, answer: Answer) -> Order:
    """The order, at the price of the catalogue."""
    order = driver.order_of(answer)
    expect.equal(order.total, PRICE, what="the total of the order", answer=answer)
    return order
