import msgspec

from backroad.verifier import Bench, check
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("payments.takes_the_money",))
async def run(bench: Bench) -> None:
    """An order without an idempotency key is refused with 422 that names the header, and so is an endless key.

    A key that is optional is forgotten by those who need it most: the app on a bad connection that sends again.

    Fix: require the header on every request that moves money, with a bound on its length, before anything is read.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller)
    shopper = await driver.shopper(ware)
    for key in (None, "", "k" * 201):
        request = driver.buying(shopper, "")
        headers = {**dict(request.headers), driver.key_header: key}  # None: not at all
        answer = await shopper.person.client.send(msgspec.structs.replace(request, headers=headers))
        driver.refused(answer, driver.key_header)
    await driver.holds(ware, 10)
