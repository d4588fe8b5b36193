from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("idempotency.repeats_the_answer", "durability.survives_kill"), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """A key that was used before kill -9 is still known after it: the answer is repeated, nothing is bought again.

    The crash is the very moment when answers get lost and clients send again. Keys in memory, or in a cache that starts
    empty, are gone just then.

    Fix: keep keys and their answers in the database, in the transaction that does the work.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    ware = await driver.ware(seller, stock=4)
    shopper = await driver.shopper(ware)
    key = bench.word("key-")
    first = expect.status(await driver.place(shopper, key), 201)
    await bench.target.kill()
    await bench.target.start()
    again = expect.status(await driver.place(shopper, key), 201)
    expect.equal(again.json(), first.json(), what="the body of the repeated answer", answer=again)
    driver.charged_once(driver.order_of(again), "a repeated request after kill -9")
    await driver.holds(ware, 3)
