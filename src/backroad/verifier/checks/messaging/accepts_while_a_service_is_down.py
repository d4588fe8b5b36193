from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED, OPEN, Messaging


@check(needs=("messaging.compensates_when_a_step_fails",), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """Orders are accepted while a service behind them is down, and go on when it is back.

    A chain of calls is up only while every link is: four services at 99.9 % each are down for a day and a half a year.
    With a queue between them a service that restarts delays orders and costs none.

    Fix: accept an order with what you have yourself, and send the rest of the work as messages; do not call, nor ask
    for the health of, what is not needed for the answer.
    """
    driver: Messaging = bench.driver
    parts = [bench.target.part(name) for name in driver.behind]
    trade = await driver.open_trade(stock=10)
    for part in parts:
        await part.stop()
        order = await driver.place(trade)
        state = await driver.order_state(trade, order)
        expect.equal(state, OPEN, what=f"the state of an order while {part.name} is down")
        await part.start()
        states = await driver.until_settled(trade, [order], after=f"{part.name} came back")
        expect.equal(states, [CONFIRMED], what=f"the state after {part.name} came back")
    expect.equal(await driver.left(trade), 10 - len(parts), what="what is left of the item")
