from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.learns_by_webhook",), seconds=20)
async def run(bench: Bench) -> None:
    """A webhook whose signature is more than five minutes old is refused, though the signature is right.

    Somebody who got hold of one delivery, from a log or a proxy, can send it again for ever. The time in the signature
    is there to end that.

    Fix: compare `t` of the signature with the clock before anything else, and refuse what is more than 300 seconds off;
    the time is part of what is signed, so it cannot be changed.
    """
    driver: Commerce = bench.driver
    hooks = bench.standin("payments").webhooks
    seller = await driver.person()
    shopper = await driver.shopper(await driver.ware(seller))
    order = await driver.buy(shopper, driver.undecided)
    event = hooks.event("charge.succeeded", driver.charge_fields(order, status="succeeded"))
    for age in (driver.max_age * 2, 86_400 * 30, -driver.max_age * 2):
        delivery = await hooks.replay(event, age=age)
        status = (await driver.look(shopper.person, order)).status
        if delivery.status not in (400, 401, 403) or status != driver.pending:
            when = f"{abs(age)} seconds {'ago' if age > 0 else 'from now'}"
            raise Failed(
                sent=f"a webhook charge.succeeded for a pending order, rightly signed {when}",
                expected=f"400, and the order stays {driver.pending}",
                got=f"{delivery.status or delivery.reason}, and the order is {status}",
            )
    await hooks.replay(event, age=driver.max_age / 3)
    driver.taken(event)
    await driver.becomes(shopper.person, order, driver.paid, within=3)
