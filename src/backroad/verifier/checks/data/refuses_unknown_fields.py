from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("data.patch_keeps_the_rest",), assumes=("strict bodies",))
async def run(bench: Bench) -> None:
    """A field that the contract does not know is refused with 422, when creating and when changing.

    A client that misspells a field is told so. Ignored, the mistake shows weeks later as data that was never saved.

    Fix: switch your validator to strict (additionalProperties: false, forbid_unknown_fields, .strict()) for bodies.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    name = "colour"
    driver.refused(await person.client.post(driver.collection.path, json=driver.draft(**{name: "red"})), name)
    thing = await driver.create(person)
    driver.refused(await person.client.patch(thing.path, json={name: "red"}), name)
    shows(expect.status(await person.client.get(thing.path), 200), thing.fields)
