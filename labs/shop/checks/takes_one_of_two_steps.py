from backroad.verifier import Answer, Bench, check, expect


@check(needs=("shop.takes_legal_steps",), seconds=20)
async def run(bench: Bench) -> None:
    """If an order is shipped and cancelled at the same moment, five times each, one of them happens, once.

    The parcel leaves while the buyer presses cancel. If both succeed, the goods are gone and the money too, and if
    cancelling counts twice, the stock holds what is not there.

    Fix: write the step under the condition it depends on, `UPDATE … SET status = 'shipped' WHERE id = ? AND status =
    'paid'`, and go by the number of rows.
    """
    driver = bench.driver
    seller = await driver.person()
    for _ in range(3):
        shopper, order = await driver.sold(seller, stock=10)
        steps = [driver.step(*one) for one in ((seller, order, "shipped"), (shopper.person, order, "cancelled")) * 5]
        answers = await bench.at_once(steps, timeout=10)
        won = expect.exactly_one(answers, 200, rest=409)
        to = "cancelled" if answers.index(won) % 2 else "shipped"
        now = await driver.look(shopper.person, order)
        expect.equal(now.status, to, what="the status", answer=now.answer)
        handle = now.answer.json()["lines"][0]["handle"]
        stock: Answer = expect.status(await bench.client().get(f"/catalogue/{handle}"), 200)
        expect.field(stock, "stock", equals=10 if to == "cancelled" else 9)
