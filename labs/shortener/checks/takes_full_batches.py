from backroad.verifier import Bench, check, expect

FULL = 1000


@check(needs=("shortener.creates_batches",), seconds=30)
async def run(bench: Bench) -> None:
    """A batch of 1,000 links is taken, and each gets a slug of its own.

    A limit that is lower than the contract says is found by the customer with the largest import, on the day of it.

    Fix: raise the limits of body size, parameters in a statement and time that stand in the way; insert in chunks
    within one transaction if your database wants that.
    """
    driver = bench.driver
    person = await driver.person()
    answer = expect.status(await driver.make_batch(person, [{"url": "https://example.com/"}] * FULL), 201)
    slugs = {item.get("slug") for item in expect.field(answer, "items", type=list)}
    expect.equal(len(slugs), FULL, what="the number of different slugs")
