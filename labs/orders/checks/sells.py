from backroad.verifier import Bench, check, expect


@check(needs=("messaging.compensates_when_a_step_fails",), seconds=30)
async def run(bench: Bench) -> None:
    """An order of several lines takes all of them from stock, shows its total, and pays each seller.

    The order is what the customer sees of four services. If one of them disagrees with it, the customer is right and
    you have to find out where.

    Fix: let stock answer a reservation with the prices it used; keep the total with the order, and pay from the same
    numbers.
    """
    driver = bench.driver
    first, second = await driver.open_trade(stock=10, price=150), await driver.open_trade(stock=3, price=1000)
    buyer = first.buyer
    lines = [{"sku": first.item, "quantity": 4}, {"sku": second.item, "quantity": 3}]
    answer = await buyer.client.post("/orders", json={"lines": lines, "note": "Grüße ☃"})
    order = driver.accepted(answer)
    expect.field(answer, "status", matches="^(accepted|reserved|confirmed)$")
    expect.equal(await driver.until_settled(first, [order]), ["confirmed"], what="the state of the order")
    shown = expect.status(await buyer.client.get(order.path), 200)
    for name, wanted in {"lines": lines, "note": "Grüße ☃", "total": 3600, "reason": None}.items():
        expect.field(shown, name, equals=wanted)
    expect.field(shown, "created_at", matches=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
    expect.equal([await driver.left(first), await driver.left(second)], [6, 0], what="what is left of both items")
    expect.equal(await driver.money(first), {"buyer": 96_400, "seller": 100_600}, what="the money")
    expect.equal((await driver.money(second))["seller"], 103_000, what="the money of the second seller")
    listed = expect.status(await buyer.client.get("/orders"), 200)
    expect.field(listed, "items", equals=[shown.json()])
