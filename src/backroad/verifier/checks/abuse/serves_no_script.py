from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

SCRIPT = "<script>alert(1)</script>"


@check(needs=("data.creates",), assumes=("whole server",))
async def run(bench: Bench) -> None:
    """What people store or send is never served as a page: every answer forbids sniffing, none of these is HTML.

    A title with a script in it, answered as HTML or guessed to be HTML by a browser, runs as your site and may do what
    the visitor may.

    Fix: set Content-Type on each answer and X-Content-Type-Options: nosniff on all of them, in one place; echo nothing
    into HTML.
    """
    driver: LabDriver = bench.driver
    collection = driver.collection
    person = await driver.person()
    thing = await driver.create(person, **{collection.text: SCRIPT})
    client = person.client
    answers = [
        await client.get(driver.health),
        await client.get(thing.path),
        await client.get(collection.path),
        await client.get(collection.path, query={collection.cursor: SCRIPT, collection.limit: SCRIPT}),
        await client.get("/no/such/%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        await client.get(f"{collection.path}/%3Cscript%3Ealert(1)%3C%2Fscript%3E"),
        await client.post(collection.path, json={SCRIPT: SCRIPT}),
        await bench.client().get(collection.path),
        *[await client.get(path) for path in driver.public(thing)],
    ]
    for answer in answers:
        expect.header(answer, "x-content-type-options", matches=r"(?i)^nosniff$")
        kind = (answer.headers.get("content-type") or "nothing").lower()
        runs = "html" in kind or "svg" in kind or (SCRIPT in answer.text and "json" not in kind)
        expect.that(not runs, expected="the text as JSON", got=f"Content-Type: {kind}", answer=answer)
