import re

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.http import Http

JSON = re.compile(r"application/(?:[\w.+-]+\+)?json", re.IGNORECASE)


@check(needs=("data.deletes_for_good",))
async def run(bench: Bench) -> None:
    """Every body says what it is: JSON as application/json in UTF-8, and an answer without a body says nothing.

    Clients choose their parser by Content-Type. A wrong charset turns names into garbage in some clients only, which is
    the hardest kind of bug to be told of.

    Fix: set Content-Type where answers are written, to application/json (its charset is UTF-8 and need not be named),
    and leave it out where there is no body.
    """
    driver: Http = bench.driver
    collection = driver.collection
    person = await driver.person()
    thing = await driver.create(person, **{collection.text: "na\u00efve \u65e5\u672c"})
    client = person.client
    answers = [await client.send(request) for request in driver.readable(person, thing)]
    answers += [
        thing.answer,
        await client.get(driver.nowhere),
        await client.post(collection.path, json={}),
        await client.patch(thing.path, json={collection.text: "\u00e9"}),
        await bench.client().get(collection.path),
    ]
    for answer in answers:
        is_json(answer)
    gone = expect.status(await client.delete(thing.path), 204)
    expect.that(not gone.body, expected="a 204 without a body", got=f"{len(gone.body)} bytes", answer=gone)
    expect.header(gone, "content-type", present=False)


def is_json(answer: Answer) -> None:
    kind, _, parameters = expect.header(answer, "content-type").partition(";")
    got = f"Content-Type: {answer.headers['content-type']}"
    expected = "Content-Type: application/json, or a type that ends in +json"
    expect.that(JSON.fullmatch(kind.strip()), expected=expected, got=got, answer=answer)
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    utf8 = charset is None or charset[1].lower() in ("utf-8", "utf8")
    expect.that(utf8, expected="charset=utf-8, or no charset", got=got, answer=answer)
    answer.json()
