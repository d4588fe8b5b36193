from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A name that is taken is answered 409, whoever asks, and its owner keeps it.

    409 lets the client say "pick another". An overwrite hands one person's name to another; a 500 says nothing.

    Fix: a unique index, and a 409 where the database reports its violation.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    alice, bob = await driver.person(), await driver.person()
    name = bench.word("taken-")
    thing = await driver.create(alice, **{collection.unique: name})
    for person in (bob, alice):
        answer = await person.client.post(collection.path, json=driver.draft(**{collection.unique: name}))
        expect.problem(answer, 409)
    shows(expect.status(await alice.client.get(thing.path), 200), thing.fields)
