from backroad.verifier import Bench, check, expect


@check(needs=("http.refuses_stale_edits", "shortener.counts_clicks"))
async def run(bench: Bench) -> None:
    """Clicks do not change the ETag: a busy link can still be edited.

    If every visit made a new version, an owner's edit would be refused as stale again and again, the more popular the
    link the surer.

    Fix: make the ETag from what the owner edits, such as a version column that PATCH raises, not from the whole body.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    etag = expect.header(await person.client.get(thing.path), "ETag")
    expect.status(await driver.follow(thing), 302)
    shown = expect.status(await person.client.get(thing.path), 200)
    expect.field(shown, "clicks", equals=1)
    expect.header(shown, "ETag", equals=etag)
    edit = await person.client.patch(thing.path, headers={"If-Match": etag}, json={"title": "edited while busy"})
    expect.status(edit, 200)
