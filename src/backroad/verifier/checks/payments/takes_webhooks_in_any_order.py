from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce

TOTAL = 1000


@check(needs=("payments.learns_by_webhook",), seconds=20)
async def run(bench: Bench) -> None:
    """Webhooks that overtake each other lead to the same order as those that come in turn.

    Each webhook travels on its own, and the one that failed comes again a minute later. "Refunded" before "succeeded"
    is ordinary.

    Fix: take from an event how things are (refunded 300 in all) and never what to add; let a state follow only from
    states that may precede it, and let a refund say that there was a payment.
    """
    driver: Commerce = bench.driver
    hooks = bench.standin("payments").webhooks
    seller = await driver.person()
    ware = await driver.ware(seller, price=TOTAL, stock=5)
    shopper = await driver.shopper(ware)
    order = await driver.buy(shopper, driver.undecided)
    charge = driver.charge_fields(order, status="succeeded")
    events = [
        hooks.event("charge.refunded", {**charge, "refunded": 300}),
        hooks.event("charge.succeeded", charge),
        hooks.event("charge.refunded", {**charge, "refunded": 100}),
        hooks.event("charge.failed", {**charge, "status": "failed"}),
    ]
    told: list[str] = []
    for event in events:
        await hooks.deliver(event)
        driver.taken(event)
        told.append(event.type)
        if len(told) == 1:
            continue  # what is shown between the two is not promised
        now = await driver.look(shopper.person, order)
        sent = " and then ".join(told)
        got = f"{now.status}, {driver.refunded(now.answer)} refunded, after {sent}"
        right = now.status == driver.paid and driver.refunded(now.answer) == 300
        expect.that(right, expected=f"{driver.paid}, 300 refunded", got=got, answer=now.answer)
    await driver.holds(ware, 4)
