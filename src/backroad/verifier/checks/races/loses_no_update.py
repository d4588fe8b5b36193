from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

EDITORS = 10


@check(needs=("http.refuses_stale_edits",))
async def run(bench: Bench) -> None:
    """Of ten edits of one version at once exactly one succeeds, and the others are told.

    Comparing the ETag in one step and writing in the next lets two edits pass the comparison. One of them is lost and
    both were answered 200.

    Fix: compare and write in one step: `UPDATE … SET …, version = version + 1 WHERE id = ? AND version = ?`, and
    answer 412 when no row was changed.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    text = driver.collection.text
    for _ in range(3):
        thing = await driver.create(person)
        etag = expect.header(await person.client.get(thing.path), "ETag")
        words = [bench.word(f"edit-{number}-") for number in range(EDITORS)]
        edits = [person.request("PATCH", thing.path, headers={"If-Match": etag}, json={text: word}) for word in words]
        answers = await bench.at_once(edits)
        won = expect.exactly_one(answers, 200, rest=412)
        shown = expect.status(await person.client.get(thing.path), 200)
        expect.field(shown, text, equals=words[answers.index(won)])
