from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.lists import Lists


@check(needs=("data.patch_keeps_the_rest",))
async def run(bench: Bench) -> None:
    """Large whole numbers and amounts of money come back exactly, and those beyond the limits are refused.

    A 32-bit column answers 500 on the day the numbers pass two billion. A float keeps about 15 digits, so that large
    sums lose their cents and no test with 12.50 ever sees it.

    Fix: 64-bit columns (BIGINT) for whole numbers; cents as whole numbers, or DECIMAL with a decimal type in the
    program, for money; refuse in the validator what does not fit.
    """
    driver: Lists = bench.driver
    person = await driver.person()
    path = driver.collection.path
    for name, numbers in driver.exact.items():
        for number in numbers:
            thing = await driver.create(person, **{name: number})
            expect.field(thing.answer, name, equals=number)
            expect.field(expect.status(await person.client.get(thing.path), 200), name, equals=number)
    for name, numbers in driver.too_large.items():
        for number in numbers:
            driver.refused(await person.client.post(path, json=driver.draft(**{name: number})), name)
