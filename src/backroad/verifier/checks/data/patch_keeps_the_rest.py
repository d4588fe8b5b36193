from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver, shows


@check(needs=("data.creates",), assumes=("nullable text", "unmarked edits"))
async def run(bench: Bench) -> None:
    """PATCH changes the fields it is given, clears those given as null and keeps all others.

    A form that edits a title sends a title. If the rest is filled with defaults, every edit silently erases data.

    Fix: keep "absent" and "null" apart (ask whether the key is in the body, not whether its value is empty) and update
    only what is there.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    full = {collection.instant: "2031-05-06T07:08:09.123Z"} if collection.instant else {}
    thing = await driver.create(person, **full)
    wanted = dict(thing.fields)
    edits: list[dict[str, object]] = [{collection.text: "Edited"}, {}, {collection.text: None}]
    if collection.instant:
        edits.append({collection.instant: None})
    for edit in edits:
        answer = expect.status(await person.client.patch(thing.path, json=edit), 200)
        wanted |= edit
        shows(answer, wanted)
        shows(expect.status(await person.client.get(thing.path), 200), wanted)
