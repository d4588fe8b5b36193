from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED
from backroad.verifier.histories import History, ledger

ORDERS = 8


@check(needs=("orders.sells",), seconds=40)
async def run(bench: Bench) -> None:
    """Of eight orders at once of one customer who can pay three, three are confirmed, and every cent is somewhere.

    Each of the eight finds enough money when it looks. What counts is what is there when it takes.

    Fix: test and take in one transaction, with a constraint that the balance is not negative as the last guard; move
    money from one account to another in that same transaction.
    """
    driver = bench.driver
    price = driver.purse * 3 // 10
    trade = await driver.open_trade(stock=20, price=price)
    before = await driver.money(trade)
    answers = await bench.at_once(ORDERS, lambda: driver.order_request(trade, key=bench.word("key-")))
    expect.all_of(answers, 202)
    orders = [driver.accepted(answer) for answer in answers]
    states = await driver.until_settled(trade, orders)
    history = History()
    for order, state in zip(orders, states, strict=True):
        paid = history.begin("buyer", "transfer", source="buyer", target="seller", amount=price)
        (paid.ok if state == CONFIRMED else paid.fail)(exchange=order.answer.exchange)
    history.begin("reader", "snapshot").ok(await driver.money(trade))
    ledger(history, before).conclude(
        f"{ORDERS} orders of {price} released together, of a customer who has {driver.purse}"
    )
    expect.equal(states.count(CONFIRMED), 3, what="the number that is confirmed")
    left = await driver.until(lambda: driver.left(trade), lambda left: left == 17, within=5)
    expect.equal(left, 17, what="what is left of the item")
