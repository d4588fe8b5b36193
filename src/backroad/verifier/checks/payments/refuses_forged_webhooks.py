from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.commerce import Commerce

FORGERIES = {
    "unsigned": "without a signature",
    "secret": "signed with another secret",
    "altered": "with the signature of another body",
}


@check(needs=("payments.learns_by_webhook",), seconds=20)
async def run(bench: Bench) -> None:
    """A webhook that the provider did not sign is refused, and changes nothing.

    The address of a webhook is no secret. Whoever can write "paid" to it shops for free.

    Fix: compute the HMAC over the bytes of the body as they came, before parsing them, compare it in constant time, and
    answer 400 if it differs or is not there.
    """
    driver: Commerce = bench.driver
    hooks = bench.standin("payments").webhooks
    seller = await driver.person()
    shopper = await driver.shopper(await driver.ware(seller))
    order = await driver.buy(shopper, driver.undecided)
    event = hooks.event("charge.succeeded", driver.charge_fields(order, status="succeeded"))
    for how, what in FORGERIES.items():
        delivery = await hooks.forge(event, how=how)
        status = (await driver.look(shopper.person, order)).status
        if delivery.status not in (400, 401, 403) or status != driver.pending:
            raise Failed(
                sent=f"a webhook charge.succeeded for a pending order, {what}",
                expected=f"400, and the order stays {driver.pending}",
                got=f"{delivery.status or delivery.reason}, and the order is {status}",
            )
    await hooks.deliver(event)
    driver.taken(event)
    await driver.becomes(shopper.person, order, driver.paid, within=3)
