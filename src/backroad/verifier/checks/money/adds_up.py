from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

BASKET = (  # price, percent off, quantity; each rounds in its own way
    (333, 0, 3), (1999, 15, 7), (250, 1, 1), (150, 5, 1), (350, 1, 1), (10, 45, 1), (8765, 33, 99), (4999, 90, 2),
    (101, 50, 1), (115, 30, 3), (9_999_999, 7, 99),
)  # fmt: skip


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Lines, discounts and totals add up to the cent, and half a cent is rounded up.

    Customers add up their bill, and accountants all of them. Rounding each piece, rounding with floats or to the even
    neighbour gives other sums, by a cent here and there.

    Fix: multiply first, then take the share of the line in whole numbers, (amount * percent + 50) // 100, and make
    every sum out of the rounded lines. Python's round() and many decimal types round 2.5 to 2 unless told otherwise.
    """
    driver: Commerce = bench.driver
    seller, buyer = await driver.person(), await driver.person()
    for price, percent, quantity in BASKET:
        ware = await driver.ware(seller, price=price, percent_off=percent)
        answer = await buyer.client.send(driver.put(buyer, ware, quantity))
        expect.status(answer, (200, 201, 204))
    answer = expect.status(await driver.cart(buyer), 200)
    lines = {line.get("unit_price"): number for number, line in enumerate(expect.field(answer, "lines", type=list))}
    discounts = [judge_line(answer, lines.get(price, 0), price, percent, count) for price, percent, count in BASKET]
    subtotal = sum(price * quantity for price, _, quantity in BASKET)
    expect.field(answer, "subtotal", equals=subtotal)
    expect.field(answer, "discount", equals=sum(discounts))
    expect.field(answer, "total", equals=subtotal - sum(discounts))


def judge_line(answer: Answer, place: int, price: int, percent: int, quantity: int) -> int:
    """The discount of one line."""
    amount = price * quantity
    discount = (amount * percent + 50) // 100
    for name, wanted in (("quantity", quantity), ("discount", discount), ("total", amount - discount)):
        found = expect.field(answer, f"lines.{place}.{name}", type=(int, float))
        what = f"the {name} of {quantity} × {price} less {percent} %"
        expect.equal(found, wanted, what=what, answer=answer)
        expect.that(isinstance(found, int), expected=f"{what} as a whole number", got=str(found), answer=answer)
    return discount
