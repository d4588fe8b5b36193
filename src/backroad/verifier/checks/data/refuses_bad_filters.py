from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.lists import Lists


@check(needs=("data.filters", "data.sorts"))
async def run(bench: Bench) -> None:
    """A filter, a sort or a parameter that the list does not have is refused with 422 and named.

    `?statsu=done` that is ignored shows everything, and a script deletes what it shows. A sort by any column tells
    strangers what columns there are, and orders people by their password hash.

    Fix: judge query parameters like a body: a list of names that are allowed, a rule for each value, 422 for the rest;
    take the column for ORDER BY from a table of your own, never from the request.
    """
    driver: Lists = bench.driver
    person = await driver.person()
    await driver.enter(person)
    for name, values in driver.bad_filters.items():
        for text in values:
            driver.refused(await person.client.get(driver.list_path, query={name: text}), name)
    wrong = ("nonsense", "", "-", "--priority", f"{driver.sorts[0]} DESC", f"{driver.sorts[0]};--", *driver.hidden)
    for text in wrong:
        driver.refused(await person.client.get(driver.list_path, query={driver.sort: text}), driver.sort)
    for name in ("statsu", "owner", "where"):
        driver.refused(await person.client.get(driver.list_path, query={name: "x"}), name)
    expect.status(await person.client.get(driver.list_path), 200)
