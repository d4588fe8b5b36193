from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(
    needs=("durability.survives_kill", "data.patch_keeps_the_rest", "data.deletes_for_good"), seconds=20, control=True
)
async def run(bench: Bench) -> None:
    """A change that was answered and a delete that was answered survive kill -9.

    Inserts are tested, updates are believed. A deleted thing that comes back after a crash is worse than one that is
    lost.

    Fix: send changes and deletes down the same durable path as inserts.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    changed, deleted = await driver.create(person), await driver.create(person)
    text = driver.collection.text
    expect.status(await person.client.patch(changed.path, json={text: "changed just before the kill"}), 200)
    expect.status(await person.client.delete(deleted.path), 204)
    await bench.target.kill()
    await bench.target.start()
    shown = expect.status(await person.client.get(changed.path), 200)
    expect.field(shown, text, equals="changed just before the kill")
    expect.status(await person.client.get(deleted.path), 404)
    for path in driver.public(deleted):
        expect.status(await bench.client().get(path), 404)
