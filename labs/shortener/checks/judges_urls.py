from backroad.verifier import Bench, check, expect

WRONG = (
    None, 42, True, [], {}, "", " ", "example.com", "/only/a/path", "http://", "https://?q=1", "ftp://example.com/a",
    "mailto:someone@example.com", "https://example.com/a b", "https://example.com/\u00e9", "https://example.com/<b>",
    "https://example.com/\n", " https://example.com/", "https://ex ample.com/", "https://example.com/" + "a" * 2029,
)  # fmt: skip


@check(needs=("data.names_every_wrong_field",))
async def run(bench: Bench) -> None:
    """A target that is no absolute http or https URL of at most 2,048 URI characters is refused with 422.

    Whatever gets in comes out in a Location header, for every visitor.

    Fix: one function that judges a URL: type, length, characters, scheme, host; used for new links, batches and
    changes.
    """
    driver = bench.driver
    person = await driver.person()
    driver.refused(await person.client.post("/links", json={"title": "no url"}), "url")
    for url in WRONG:
        driver.refused(await person.client.post("/links", json=driver.draft(url=url)), "url")
    longest = "https://example.com/" + "a" * 2028
    thing = await driver.create(person, url=longest)
    expect.field(thing.answer, "url", equals=longest)
    driver.refused(await person.client.patch(thing.path, json={"url": WRONG[-1]}), "url")
    driver.refused(await person.client.patch(thing.path, json={"url": None}), "url")
