from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("idempotency.repeats_the_answer",), seconds=20)
async def run(bench: Bench) -> None:
    """The same key sent by two people is two keys: each gets an order of their own.

    Keys are chosen by clients, and some count from 1. With one drawer for all, Bob is shown Alice's order and gets
    nothing.

    Fix: put the account into the unique index, (account, key), and into the look-up.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller)
    alice, bob = await driver.shopper(ware), await driver.shopper(ware)
    key = bench.word("key-")
    hers = driver.order_of(expect.status(await driver.place(alice, key), 201))
    answer = expect.status(await driver.place(bob, key), 201)
    his = driver.order_of(answer)
    expect.that(hers.id != his.id, expected="an order of Bob's own", got="the order of Alice", answer=answer)
    driver.charged_once(his, "two people with one key")
