from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.commerce import Commerce


@check(needs=("idempotency.repeats_the_answer",), seconds=20)
async def run(bench: Bench) -> None:
    """A key that comes with another body is refused with 422.

    A client with a bug uses one key for everything. Answered with the first order each time, it believes that it bought
    ten things, and finds out weeks later.

    Fix: store a hash of the request beside the key, and compare it before you repeat an answer.
    """
    driver: Commerce = bench.driver
    seller = await driver.person()
    shopper = await driver.shopper(await driver.ware(seller, price=700))
    person, key = shopper.person, bench.word("key-")
    expect.status(await driver.place(shopper, key), 201)
    for total, source in ((shopper.total + 1, driver.accepted), (shopper.total, driver.undecided)):
        request = driver.placing(person, key, total, source)
        expect.problem(await person.client.send(request, timeout=10), 422)
    expect.equal(len(await driver.orders(person)), 1, what="the number of orders")
