from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

COPIES, ROUNDS = 8, 2


@check(needs=("idempotency.repeats_the_answer",), seconds=30)
async def run(bench: Bench) -> None:
    """Eight copies of one request under one key, at the same moment, make one order; no copy is answered 5xx.

    Retries do not wait politely for the first attempt to end. "Is the key there? No, then go on" lets all of them pass.

    Fix: insert the key first, under a unique index, in the transaction that makes the order. Who finds it taken repeats
    the stored answer, or answers 409 with Retry-After while there is none.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller, stock=20)
    for number in range(1, ROUNDS + 1):
        shopper = await driver.shopper(ware)
        key = bench.word("key-")
        before = len(payments.charges)
        answers = await bench.at_once(COPIES, driver.buying(shopper, key), timeout=10)
        expect.all_of(answers, (201, 202, 409))
        made = [one for one in answers if isinstance(one, Answer) and one.status in (201, 202)]
        expect.that(made, expected="at least one order", got="none", answer=answers)
        ids = {driver.order_of(answer).id for answer in made}
        expect.that(len(ids) == 1, expected="one order in all answers", got=f"{len(ids)} orders", answer=answers)
        again = expect.status(await driver.place(shopper, key), (201, 202))
        order = driver.order_of(again)
        expect.that(order.id in ids, expected="the same order afterwards", got="another one", answer=again)
        driver.charged_once(order, f"{COPIES} copies of one request at once")
        expect.equal(len(payments.charges) - before, 1, what="the number of charges", answer=answers)
        await driver.holds(ware, 20 - number)
