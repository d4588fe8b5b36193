from backroad.verifier import Bench, check, expect
from backroad.verifier.openapi.driver import OpenApiDriver


@check(needs=("data.creates",), assumes=("a document", "owners"))
async def run(bench: Bench) -> None:
    """Somebody else's thing cannot be read, changed or deleted.

    Changing an id in a URL is the first thing an attacker tries, and the most common hole in APIs.

    Fix: look things up by id and owner in one query; answer 404 or 403 where that finds nothing.
    """
    driver: OpenApiDriver = bench.driver
    resource, text = driver.resource, driver.collection.text
    alice, bob = await driver.person(), await driver.person()
    thing = await driver.create(alice)
    expect.status(await bob.client.get(thing.path), (404, 403, 401))
    if resource.change is not None and text:
        body = driver.draft() if resource.change.method == "PUT" else {text: "Bob was here"}
        answer = await bob.client.request(resource.change.method, thing.path, json=body)
        expect.status(answer, (404, 403, 401))
    if resource.delete is not None:
        expect.status(await bob.client.delete(thing.path), (404, 403, 401))
    now = expect.status(await alice.client.get(thing.path), 200)
    if text in thing.fields:
        expect.field(now, text, equals=thing.fields[text])
