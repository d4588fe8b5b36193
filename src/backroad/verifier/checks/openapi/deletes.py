from backroad.verifier import Bench, check, expect
from backroad.verifier.openapi.driver import OpenApiDriver


@check(needs=("data.creates",), assumes=("a document",))
async def run(bench: Bench) -> None:
    """What is deleted is gone: it cannot be read any more, and the others are still there.

    Deleting is a promise, sometimes a legal one. A wrong condition deletes nothing, or too much.

    Fix: delete by id (and owner), and with the row every cached copy, before you answer.
    """
    driver: OpenApiDriver = bench.driver
    person = await driver.person()
    thing, other = await driver.create(person), await driver.create(person)
    expect.status(await person.client.delete(thing.path), 204)
    expect.status(await person.client.get(thing.path), 404)
    expect.status(await person.client.get(other.path), 200)
