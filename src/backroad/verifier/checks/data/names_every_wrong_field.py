from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lists_only_your_own",), assumes=("own lists",))
async def run(bench: Bench) -> None:
    """A body that breaks rules is answered 422, and every wrong field is named with a reason.

    A form shows its mistakes next to its fields, all at once. An API that stops at the first makes people send a form
    five times.

    Fix: judge all fields before you refuse, collect what is wrong, and answer it as a list of field and message.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    wrong = dict(driver.collection.wrong)
    for name, value in wrong.items():
        answer = await person.client.post(driver.collection.path, json=driver.draft(**{name: value}))
        driver.refused(answer, name)
    answer = await person.client.post(driver.collection.path, json=driver.draft(**wrong))
    driver.refused(answer, *wrong)
    listed = expect.status(await person.client.get(driver.collection.path), 200)
    expect.equal(driver.listed(listed), [], what="the list after refusals", answer=listed)
