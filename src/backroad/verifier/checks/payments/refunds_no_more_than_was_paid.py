import asyncio

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

TOTAL, PART, ASKED = 1000, 300, 10


@check(needs=("payments.takes_the_money",), seconds=30)
async def run(bench: Bench) -> None:
    """Of ten refunds of 30 % at once three are made, and the provider gives back exactly what the order says.

    Two people in support answer the same complaint. What was looked up a moment before says that there is enough left,
    to both of them.

    Fix: take it off what is left in one statement, `SET refunded = refunded + ? WHERE refunded + ? <= total`, before
    the provider is called, and give it back if the provider refuses.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    shopper, order = await driver.sold(seller, price=TOTAL)
    requests = [driver.refunding(seller, order, PART, bench.word("refund-")) for _ in range(ASKED)]
    answers = await bench.at_once(requests, timeout=10)
    expect.all_of(answers, (201, 409))
    made = [answer for answer in answers if isinstance(answer, Answer) and answer.status == 201]
    expect.that(len(made) == 3, expected="three refunds of 300 out of 1000", got=f"{len(made)}", answer=answers)
    now = await driver.look(shopper.person, order)
    expect.equal(driver.refunded(now.answer), 3 * PART, what="what was refunded of the order", answer=now.answer)
    for _ in range(30):  # a refund that was answered as pending reaches the provider a little later
        given = driver.charges(order)[0].refunded
        if given == 3 * PART:
            return
        await asyncio.sleep(0.1)
    expect.equal(given, 3 * PART, what="what the provider gave back", answer=answers)
