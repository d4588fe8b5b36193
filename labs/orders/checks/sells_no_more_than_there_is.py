from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED, REJECTED
from backroad.verifier.histories import History, stock

BUYERS, STOCK = 20, 7


@check(needs=("orders.rejects_what_is_not_there",), seconds=40)
async def run(bench: Bench) -> None:
    """Of twenty orders at once for seven pieces, seven are confirmed and thirteen rejected.

    The last pieces of a sale are wanted by everybody in the same second. A service that reads the stock, thinks, and
    writes it back sells some of them twice.

    Fix: take and test in one statement, `UPDATE … SET stock = stock - n WHERE stock >= n`, or in one transaction that
    locks the row.
    """
    driver = bench.driver
    trade = await driver.open_trade(stock=STOCK)
    answers = await bench.at_once(BUYERS, lambda: driver.order_request(trade, key=bench.word("key-")))
    expect.all_of(answers, 202)
    orders = [driver.accepted(answer) for answer in answers]
    states = await driver.until_settled(trade, orders)
    history = History()
    for order, state in zip(orders, states, strict=True):
        buy = history.begin("buyer", "buy", item=trade.item)
        (buy.ok if state == CONFIRMED else buy.fail)(exchange=order.answer.exchange)
    history.begin("reader", "read", item=trade.item).ok(await driver.left(trade))
    stock(history, {trade.item: STOCK}).conclude(f"{BUYERS} orders released together for {STOCK} pieces")
    wanted = [STOCK, BUYERS - STOCK]
    expect.equal([states.count(CONFIRMED), states.count(REJECTED)], wanted, what="the number confirmed and rejected")
