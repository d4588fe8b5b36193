from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """Money is a whole number of the smallest unit: fractions, texts and negative amounts are refused.

    0.1 + 0.2 is not 0.3 in any language that counts in floats. A price that was a float once makes sums that are a cent
    off, and nobody can say where it went.

    Fix: an integer of cents in the body, in the code and in the column; refuse what is not of that type with 422, also
    true, which is a number in some languages.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    path, name = driver.collection.path, driver.price
    for wrong in driver.wrong_prices():
        driver.refused(await seller.client.post(path, json=driver.draft(**{name: wrong})), name)
    ware = await driver.ware(seller, price=1999)
    for wrong in driver.wrong_prices():
        driver.refused(await seller.client.patch(ware.path, json={name: wrong}), name)
    shown = expect.status(await seller.client.get(ware.path), 200)
    price = expect.field(shown, name, type=int)
    expect.equal(price, 1999, what=name, answer=shown)
