import json

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A body over the limit is answered 413, whether or not its length is announced.

    Whoever can make a server hold bodies of any size in memory can stop it. A chunked body has no Content-Length to
    look at.

    Fix: count the bytes as they arrive and stop keeping them beyond the limit; refuse early if Content-Length is over.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    draft = json.dumps(driver.draft()).encode()
    fits = draft.ljust(collection.body_limit)  # blanks after a document are JSON too
    over = draft.ljust(collection.body_limit + 1)
    kind = {"Content-Type": "application/json"}
    expect.problem(await person.client.post(collection.path, headers=kind, body=over), 413)
    chunked = {**kind, "Transfer-Encoding": "chunked"}
    body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(over), over)
    expect.problem(await person.client.post(collection.path, headers=chunked, body=body), 413)
    expect.status(await person.client.post(collection.path, headers=kind, body=fits), 201)
    expect.status(await bench.client().get(driver.health), 200)
