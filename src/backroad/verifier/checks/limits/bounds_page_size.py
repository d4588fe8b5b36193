from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lists_only_your_own",), assumes=("own lists",))
async def run(bench: Bench) -> None:
    """The size of a page is a whole number within its limits; anything else is refused with 422.

    `?limit=10000000` is one request that reads the whole table into memory. Ten of them are an outage.

    Fix: parse it as a whole number, refuse what is below 1 or above the maximum, and put the value into LIMIT.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    for _ in range(2):
        await driver.create(person)
    name, most = collection.limit, collection.max_size
    for size in (1, most):
        answer = expect.status(await person.client.get(collection.path, query={name: size}), 200)
        expect.equal(len(expect.field(answer, collection.items)), min(2, size), what="the page's length", answer=answer)
    for wrong in (0, most + 1, 1_000_000, 10**30, -1, "abc", "1.5", "", "1e1", "0x10"):
        driver.refused(await person.client.get(collection.path, query={name: wrong}), name)
