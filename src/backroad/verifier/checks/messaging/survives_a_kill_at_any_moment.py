import asyncio

from backroad.verifier import Bench, Request, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED, Messaging, Order
from backroad.verifier.histories import History, ledger, stock

PIECES = (1, 2, 150, 1, 150)  # of the orders of a burst; nobody can pay 150
STOCK, ROUNDS, WITHIN = 3000, 2, (0.03, 0.3)
NEEDS = (
    "messaging.loses_no_job_when_a_worker_is_killed",
    "messaging.publishes_what_it_commits",
    "messaging.compensates_when_a_step_fails",
)


@check(needs=NEEDS, seconds=90, control=True)
async def run(bench: Bench) -> None:
    """Whichever process is killed, and whenever: every order is settled, and no money or stock is made or lost.

    Between any two statements a process can end. What holds only as long as nobody pulls the plug at the wrong moment
    holds until the busiest day of the year.

    Fix: in each service one transaction for all that belongs together: the note that a message was seen, the change,
    and the messages that follow from it. Call nobody in the middle of it, and acknowledge after it.
    """
    driver: Messaging = bench.driver
    trade = await driver.open_trade(stock=STOCK, price=driver.purse // 100)
    before = await driver.money(trade)
    killed = [*(part.name for part in bench.target.parts), "everything"]
    requests: list[Request] = []
    for name in killed * ROUNDS:
        some = [driver.order_request(trade, quantity=pieces, key=bench.word("key-")) for pieces in PIECES]
        await kill_at_work(bench, name, some)
        requests += some
    orders = await send_again(bench, requests)  # under their keys: those that got no answer are known now
    states = await driver.until_settled(trade, orders, within=25)
    same = [order.id for order in await send_again(bench, requests[-8:])]
    expect.equal(same, [order.id for order in orders[-8:]], what="the orders of the same keys")
    paid, sold = History(), History()
    for number, (order, state) in enumerate(zip(orders, states, strict=True)):
        pieces = PIECES[number % len(PIECES)]
        transfer = paid.begin("buyer", "transfer", source="buyer", target="seller", amount=pieces * trade.price)
        buy = sold.begin("buyer", "buy", item=trade.item, quantity=pieces)
        for one in (transfer, buy):
            (one.ok if state == CONFIRMED else one.fail)(exchange=order.answer.exchange)
    left = STOCK - sum(one.arg("quantity") for one in sold.of("buy"))
    await driver.until(lambda: driver.left(trade), lambda seen: seen == left, within=2)
    paid.begin("reader", "snapshot").ok(await driver.money(trade))
    sold.begin("reader", "read", item=trade.item).ok(await driver.left(trade))
    sent = f"{len(orders)} orders, with kill -9 of {', '.join(killed)} in turn while they were under way"
    ledger(paid, before).conclude(sent)
    stock(sold, {trade.item: STOCK}).conclude(sent)


async def kill_at_work(bench: Bench, name: str, requests: list[Request]) -> None:
    """Some orders at once, a kill a moment later, a new start."""
    moment = bench.random.uniform(*WITHIN)

    async def kill() -> None:
        await asyncio.sleep(moment)
        await bench.driver.kill(name)

    bench.log(f"kill -9 of {name}")
    await asyncio.gather(bench.at_once(requests), kill())
    await bench.driver.start(name)


async def send_again(bench: Bench, requests: list[Request]) -> list[Order]:
    answers = await bench.at_once(requests)
    expect.all_of(answers, 202)
    return [bench.driver.accepted(answer) for answer in answers]
