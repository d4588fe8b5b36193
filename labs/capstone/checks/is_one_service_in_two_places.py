from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("capstone.keeps_its_data_in_the_database",), seconds=40, control=True)
async def run(bench: Bench) -> None:
    """A second instance on the same database knows at once what was created, changed and deleted through the first.

    One instance is an outage waiting for a deploy. State that lives in a process (a session, a cache, a counter) makes
    the answer depend on which of them the load balancer chose.

    Fix: keep state in the database or in Redis; let a cache in the process live for moments only, or leave it out.
    """
    driver: LabDriver = bench.driver
    second = await bench.second_instance()
    person = await driver.person()
    there = bench.client(person.credentials, target=second)
    thing = await driver.create(person)
    kept = bench.driver.kept(thing)
    shows(expect.status(await there.get(thing.path), 200), kept)
    edit = {driver.collection.text: bench.word("changed-")}
    for one, other in ((person.client, there), (there, person.client)):
        expect.status(await one.patch(thing.path, json=edit), (200, 204))
        shows(expect.status(await other.get(thing.path), 200), edit)
        edit = {driver.collection.text: bench.word("again-")}
    expect.status(await there.delete(thing.path), (200, 202, 204))
    expect.status(await person.client.get(thing.path), (404, 410))
