from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver


@check(needs=("data.deletes_for_good", "data.patch_keeps_the_rest"), assumes=("hidden from strangers",))
async def run(bench: Bench) -> None:
    """Somebody else's thing cannot be read, changed, deleted, or told apart from one that does not exist.

    Changing an id in a URL is the first thing an attacker tries, and the most common hole in APIs. 403 for things that
    exist and 404 for others would still tell strangers what is there.

    Fix: look things up by id and owner in one query; what it does not find is a 404, whoever owns it.
    """
    driver: LabDriver = bench.driver
    alice, bob = await driver.person(), await driver.person()
    thing = await driver.create(alice)
    gone = await driver.create(alice)
    expect.status(await alice.client.delete(gone.path), 204)
    text = driver.collection.text
    for method, body in (("GET", ...), ("PATCH", {text: "Bob was here"}), ("DELETE", ...)):
        answer = await bob.client.request(method, thing.path, json=body)
        hidden = expect.problem(answer, 404)
        unknown = expect.problem(await bob.client.request(method, gone.path, json=body), 404)
        titles = hidden.get("title"), unknown.get("title")
        expect.equal(titles[0], titles[1], what="the title of the problem", answer=answer)
    now = expect.status(await alice.client.get(thing.path), 200)
    expect.field(now, text, equals=thing.fields[text])
