from backroad.verifier import Bench, check, expect


@check(needs=("shortener.counts_clicks",))
async def run(bench: Bench) -> None:
    """HEAD answers what GET would, without a body, and is not counted.

    Mail scanners, chat previews and monitors look with HEAD. Counted as people, they drown the real clicks.

    Fix: route HEAD like GET, look the link up without adding a click, and send the same status and headers.
    """
    driver = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    for _ in range(2):
        answer = expect.status(await bench.client().head(driver.public(thing)[0]), 302)
        expect.header(answer, "location", equals=thing.fields["url"])
    expect.field(await person.client.get(thing.path), "clicks", equals=0)
