import asyncio

from backroad.verifier import Answer, Bench, Failed, LostAnswer, check, expect
from backroad.verifier.driver import Person, Thing
from backroad.verifier.drivers.commerce import Commerce

ORDERS, SLOW, LONG = 5, 20, 1.5  # number, seconds, seconds


@check(needs=("payments.takes_the_money",), seconds=60)
async def run(bench: Bench) -> None:
    """While the provider takes twenty seconds to answer, orders are answered in time and others are served.

    Without a timeout, each checkout holds a worker, a connection, perhaps a lock on the stock, for as long as somebody
    else's server likes. Five of them, and the shop is down, catalogue and all.

    Fix: a total timeout of a few seconds on the call, no transaction open and no thread of the server blocked during
    it; answer the order as pending and find out later.
    """
    driver: Commerce = bench.driver
    seller, bystander = await driver.person(), await driver.person()
    ware = await driver.ware(seller, stock=20)
    shoppers = [await driver.shopper(ware) for _ in range(ORDERS)]
    payments = bench.standin("payments")
    payments.webhooks.held = True  # else they bring the news that the answers owe
    async with payments.slow(SLOW):
        placing = [asyncio.create_task(driver.place(shopper)) for shopper in shoppers]
        await asyncio.sleep(0.2)
        best = await look_around(driver, bystander, ware)
        answers = await asyncio.gather(*placing)
    sent = f"{ORDERS} orders while the provider takes {SLOW} s to answer"
    late = [one for one in answers if not isinstance(one, Answer) or one.seconds > driver.patience]
    if late:
        expected, got = f"each answered within {driver.patience:.0f} s", "an order that was not"
        raise Failed(sent=sent, expected=expected, got=got, exchanges=[late[0].exchange])
    if best > LONG:
        expected, got = "others are answered at once meanwhile", f"they wait {best:.1f} s"
        raise Failed(sent=sent, expected=expected, got=got)
    for shopper, answer in zip(shoppers, answers, strict=True):
        order = driver.order_of(expect.status(answer, (201, 202)))
        order = await driver.becomes(shopper.person, order, driver.paid)
        driver.charged_once(order, "a provider that answered late")


async def look_around(driver: Commerce, bystander: Person, ware: Thing) -> float:
    """The shortest time in which somebody else reads and writes, of three tries."""
    took: list[float] = []
    for _ in range(3):
        try:
            shown = await driver.stock_of(ware)
            answer = expect.status(await bystander.client.send(driver.put(bystander, ware, 1)), (200, 201, 204))
            took.append(shown.seconds + answer.seconds)
        except LostAnswer as lost:
            took.append(lost.no_answer.seconds)
        if took[-1] < LONG:
            break
    return min(took)
