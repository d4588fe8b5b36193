from backroad.verifier import Bench, check, expect
from backroad.verifier.openapi.driver import OpenApiDriver

TEXTS = (
    "naïve café, Ĳsselmeer, ß and ẞ",
    "日本語 עברית عربي",
    "👨‍👩‍👧 and 𝒳 are outside of the first 65,536",
    "quotes ' \" ` back\\slash /slash %41 &amp; <b>bold</b> {{7*7}} ${x}",
)


@check(needs=("data.creates",), assumes=("a document",))
async def run(bench: Bench) -> None:
    """Text that is accepted comes back as it was sent, in any script.

    Names get mangled where a layer guesses an encoding, escapes for HTML too early or cuts surrogate pairs.

    Fix: UTF-8 from end to end, parameters instead of string building, escaping only where HTML is written.
    """
    driver: OpenApiDriver = bench.driver
    name = driver.collection.text
    person = await driver.person()
    longest = int(driver.resource.body.fields[name].data.get("maxLength") or 200)
    for text in TEXTS:
        answer = await person.client.post(driver.collection.path, json=driver.draft(**{name: text[:longest]}))
        expect.no_5xx(answer)
        if answer.status < 300:
            shown = expect.status(await person.client.get(driver.created(answer).path), 200)
            expect.field(shown, name, equals=text[:longest])
