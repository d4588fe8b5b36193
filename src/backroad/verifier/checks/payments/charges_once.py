from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

CLICKS, ROUNDS = 8, 2


@check(needs=("payments.takes_the_money",), seconds=20)
async def run(bench: Bench) -> None:
    """One cart is ordered and charged once, even if its buyer checks out eight times at the same moment.

    Two tabs, or an impatient finger in an app that makes a new key for each click: keys do not help here, only the cart
    can.

    Fix: read the cart, make the order and empty the cart in one transaction that takes the lock before it reads;
    whoever comes second finds an empty cart and is answered 409.
    """
    driver: Commerce = bench.driver
    payments = bench.standin("payments")
    seller = await driver.person()
    ware = await driver.ware(seller, stock=100)
    for number in range(1, ROUNDS + 1):
        shopper = await driver.shopper(ware)
        before = len(payments.charges)
        clicks = [driver.buying(shopper, bench.word("key-")) for _ in range(CLICKS)]
        answers = await bench.at_once(clicks, timeout=10)
        won = expect.exactly_one(answers, 201, rest=409)
        order = await driver.becomes(shopper.person, driver.order_of(won), driver.paid)
        driver.charged_once(order, f"{CLICKS} checkouts of one cart at once")
        charged = len(payments.charges) - before
        expect.that(charged == 1, expected="one charge", got=f"{charged} charges", answer=answers)
        await driver.holds(ware, 100 - number)
