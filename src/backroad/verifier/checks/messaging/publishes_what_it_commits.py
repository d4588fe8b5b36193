from contextlib import AsyncExitStack

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import CONFIRMED, OPEN, Messaging

ORDERS = 3


@check(needs=("messaging.compensates_when_a_step_fails", "durability.survives_kill"), seconds=60, control=True)
async def run(bench: Bench) -> None:
    """An order that was accepted while the broker was away is worked once it is back, also after kill -9 in between.

    The database commits, then the broker does not answer: the order is there and nobody is told. Turned round, the
    message is out and the order is not. Two systems cannot be written at once.

    Fix: a transactional outbox: write the message into a table in the transaction of the order; a relay publishes the
    rows in order, and removes each only after the broker has confirmed it.
    """
    driver: Messaging = bench.driver
    trade = await driver.open_trade(stock=10)
    async with AsyncExitStack() as faults:
        for broker in driver.brokers():
            await faults.enter_async_context(broker.down())
        orders = [await driver.place(trade) for _ in range(ORDERS)]
        state = await driver.order_state(trade, orders[0])
        expect.equal(state, OPEN, what="the state of an order while the broker is away")
        await bench.target.kill()
    bench.log("kill -9 of everything; then the broker is back, and the target started")
    await bench.target.start()
    states = await driver.until_settled(trade, orders, after="kill -9 of everything, the broker being back")
    expect.equal(states, [CONFIRMED] * ORDERS, what="the states in the end")
    expect.equal(await driver.left(trade), 10 - ORDERS, what="what is left of the item")
