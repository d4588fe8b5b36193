from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",), assumes=("own lists",))
async def run(bench: Bench) -> None:
    """A list holds what you own and nothing of others.

    Detail pages are often guarded and the list forgotten; one request then leaks everything.

    Fix: put the owner into the WHERE clause of the list, next to the paging.
    """
    driver: LabDriver = bench.driver
    alice, bob = await driver.person(), await driver.person()
    text = driver.collection.text
    hers = await driver.create(alice)
    his = await driver.create(bob)
    for person, own in ((alice, hers), (bob, his)):
        answer = expect.status(await person.client.get(driver.collection.path), 200)
        items = expect.field(answer, driver.collection.items, type=list)
        got = [item.get(text) for item in items]
        expect.equal(got, [own.fields[text]], what=f"the {text} of all that is listed", answer=answer)
