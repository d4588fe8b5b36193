from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce
from backroad.verifier.histories import History, stock

THERE, BUYERS, ROUNDS = 3, 10, 2


@check(needs=("payments.takes_the_money",), seconds=30)
async def run(bench: Bench) -> None:
    """Ten buyers at once get the last three pieces: three orders, seven refusals, nothing sold that is not there.

    Looking at the stock and taking from it in a second step lets two buyers see the same last piece. Both pay, and one
    gets an apology instead of a parcel.

    Fix: look and take in one statement, `UPDATE … SET stock = stock - ? WHERE id = ? AND stock >= ?`, and refuse when
    no row was changed; a CHECK (stock >= 0) behind it.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    for _ in range(ROUNDS):
        ware = await driver.ware(seller, stock=THERE)
        shoppers = [await driver.shopper(ware) for _ in range(BUYERS)]
        requests = [driver.buying(shopper, bench.word("key-")) for shopper in shoppers]
        answers = await bench.at_once(requests, timeout=10)
        shown = await driver.stock_of(ware)
        history = History([driver.record(lane, "buy", answer, item="ware") for lane, answer in enumerate(answers)])
        history.add(driver.record("reader", "read", shown, driver.left(shown), item="ware"))
        stock(history, {"ware": THERE}).conclude(f"{BUYERS} × POST of an order at once, for {THERE} pieces in stock")
        expect.all_of(answers, (201, 202, 409))
        sold = [answer for answer in answers if isinstance(answer, Answer) and answer.status in (201, 202)]
        expect.that(len(sold) == THERE, expected="three sold", got=f"{len(sold)} sold", answer=answers)
