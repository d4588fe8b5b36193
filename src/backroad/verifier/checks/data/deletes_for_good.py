from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("access.lists_only_your_own", "limits.leaves_hits_alone"), assumes=("own lists", "second DELETE"))
async def run(bench: Bench) -> None:
    """What is deleted is answered 204, and is gone at once for its owner and for everybody.

    Deleting is a promise, sometimes a legal one. Caches and second copies are where it is usually broken.

    Fix: delete the row, and with it every cached copy, before you answer 204; answer 404 from then on, to DELETE too.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    visitor = bench.client()
    for path in driver.public(thing):
        await visitor.get(path)  # so that it is in every cache there may be
    expect.status(await person.client.delete(thing.path), 204)
    expect.problem(await person.client.get(thing.path), 404)
    for path in driver.public(thing):
        expect.problem(await visitor.get(path), 404)
    expect.problem(await person.client.delete(thing.path), 404)
    answer = expect.status(await person.client.get(driver.collection.path), 200)
    expect.equal(driver.listed(answer), [], what="the list", answer=answer)
