from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.http import Http

SAME = ("content-type", "etag", "content-length", "cache-control")


@check(needs=("data.creates",), assumes=("HEAD",))
async def run(bench: Bench) -> None:
    """HEAD is answered like GET, with the same status and headers, and without a body.

    Monitors, caches and download tools look with HEAD before they fetch. Where it is missing they report an outage; a
    body after it is read as the start of the next answer on the same connection.

    Fix: route HEAD to the handler of GET and drop the body where answers are written; keep Content-Length as it is.
    """
    driver: Http = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    client = bench.client()
    missing = person.request("GET", driver.path_of_item({**thing.fields, **unknown(thing.fields, bench)}))
    for request in [*driver.readable(person, thing), missing]:
        got = await client.send(request)
        headers = dict(request.headers)
        head = await client.head(request.path, headers=headers)
        expect.status(head, got.status)
        extra = len(head.body) + head.exchange.extra_bytes
        expect.that(not extra, expected="no body after HEAD", got=f"{extra} bytes of a body", answer=head)
        for name in SAME:
            if name in head.headers or name == "content-type":
                expect.equal(head.headers.get(name), got.headers.get(name), what=f"{name} of HEAD", answer=head)


def unknown(fields: dict[str, object], bench: Bench) -> dict[str, str]:
    """The same thing with a name that nobody has."""
    return {name: bench.word("unknown-") for name in ("id", "slug") if name in fields}
