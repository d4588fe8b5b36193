from backroad.verifier import Answer, Bench, check, expect

TIMES = 8


@check(needs=("orders.sells",), seconds=30)
async def run(bench: Bench) -> None:
    """An order sent again under its Idempotency-Key is the same order, at once or later; other content is refused.

    A client that got no answer has to send again: it cannot know. Without a key that you remember, its second try is a
    second order.

    Fix: keep customer, key, a digest of the body and the order in a table where customer and key are unique, written in
    the transaction of the order; answer a repeat from it.
    """
    driver = bench.driver
    trade, other = await driver.open_trade(stock=10), await driver.open_trade(stock=10)
    key = bench.word("key-")
    answers = await bench.at_once(TIMES, driver.order_request(trade, key=key))
    expect.all_of(answers, 202)
    numbers = {driver.accepted(answer).id for answer in answers if isinstance(answer, Answer)}
    expect.equal(len(numbers), 1, what="the number of orders that were made", answer=answers)
    order = driver.accepted(answers[0])
    await driver.until_settled(trade, [order])
    again = await driver.place(trade, key=key)
    expect.equal(again.id, order.id, what="the id of the order when it is sent once more", answer=again.answer)
    expect.equal(await driver.left(trade), 9, what="what is left of the item")
    client = bench.client()
    refused = await client.send(driver.order_request(trade, quantity=2, key=key))
    driver.refused(refused, "Idempotency-Key")
    theirs = await driver.place(other, key=key)
    expect.that(theirs.id != order.id, expected="a key of somebody else is another key", got="the same order")
