from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce
from backroad.verifier.histories import History, stock

START, BUYERS, RESTOCKS, PIECES = 40, 6, 6, 5


@check(needs=("payments.takes_the_money",), seconds=30)
async def run(bench: Bench) -> None:
    """Sales and restocks at the same moment all count: the stock afterwards is what they add up to.

    Whoever reads 40, adds 5 and writes 45 takes back every sale in between. The shelf then holds less than the shop
    believes.

    Fix: let the database add, `SET stock = stock + ?`, and offer "add 5" instead of "set to 45".
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=START)
    shoppers = [await driver.shopper(ware) for _ in range(BUYERS)]
    requests = [driver.buying(shopper, bench.word("key-")) for shopper in shoppers]
    requests += [driver.restock(seller, ware, PIECES) for _ in range(RESTOCKS)]
    answers = await bench.at_once(requests, timeout=10)
    expect.all_of(answers, (200, 201, 202))
    shown = await driver.stock_of(ware)
    history = History()
    for lane, answer in enumerate(answers):
        kind, pieces = ("buy", 1) if lane < BUYERS else ("restock", PIECES)
        history.add(driver.record(lane, kind, answer, item="ware", quantity=pieces))
    history.add(driver.record("reader", "read", shown, driver.left(shown), item="ware"))
    sent = f"{BUYERS} orders of 1 and {RESTOCKS} restocks of {PIECES} at once, with {START} in stock"
    stock(history, {"ware": START}).conclude(sent)
