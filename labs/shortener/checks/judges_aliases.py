from backroad.verifier import Bench, check, expect

RESERVED = ("links", "keys", "healthz", "batch", "LINKS", "Keys")


@check(needs=("data.names_every_wrong_field",))
async def run(bench: Bench) -> None:
    """An alias of other than 3 to 64 of A-Z a-z 0-9 - _, or one that is a path of the API, is refused with 422.

    An alias is a piece of your own address space. `links` would shadow the API, `a/b` or `..` another route.

    Fix: match the whole text (fullmatch or \\A…\\z: in many languages `$` lets a final line break pass) and keep a list
    of reserved words, compared without case.
    """
    driver = bench.driver
    person = await driver.person()
    word = bench.word("")
    wrong = (
        "", "ab", word.ljust(65, "x"), f"{word} x", f"{word}/x", f"{word}.x", f"{word}\u00e9", f"{word}\n",
        f"{word}%41", f"{word}\u0000", f"{word}\u0661", "..", 42, True, [word], *RESERVED,
    )  # fmt: skip
    for alias in wrong:
        driver.refused(await person.client.post("/links", json=driver.draft(alias=alias)), "alias")
    for alias in (word[:3], word.ljust(64, "x")):
        thing = await driver.create(person, alias=alias)
        expect.field(thing.answer, "slug", equals=alias)
