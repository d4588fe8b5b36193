from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

TEXTS = (
    "na\u00efve caf\u00e9",
    "a\u0301 and \u00e1 are not the same",
    "\u65e5\u672c\u8a9e \u05e2\u05d1\u05e8\u05d9\u05ea \u0639\u0631\u0628\u064a",
    "\U0001f468\u200d\U0001f469\u200d\U0001f467 and \U0001d4b3 are outside of the first 65,536",
    " blanks at both ends ",
    "quotes ' \" ` back\\slash /slash %41 &amp; <b>bold</b> {{7*7}} ${x}",
    "a tab\tand a line\nbreak",
    "",
)


@check(needs=("data.patch_keeps_the_rest",), assumes=("exact text",))
async def run(bench: Bench) -> None:
    """Text comes back exactly as it was sent, in any script.

    Names get mangled where a layer guesses an encoding, trims, escapes for HTML too early or cuts surrogate pairs.

    Fix: UTF-8 from end to end, parameters instead of string building, escaping only where HTML is written.
    """
    driver: LabDriver = bench.driver
    name = driver.collection.text
    person = await driver.person()
    for text in TEXTS:
        thing = await driver.create(person, **{name: text})
        expect.field(thing.answer, name, equals=text)
        expect.field(expect.status(await person.client.get(thing.path), 200), name, equals=text)
