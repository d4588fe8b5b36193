from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.http import Http

WANTED = ("authorization", "content-type", "if-match", "if-none-match", "idempotency-key")
SHOWN = ("etag", "location", "retry-after")


@check(needs=("data.creates",))
async def run(bench: Bench) -> None:
    """A page of the allowed origin may call: its preflight is answered, and it can read the answers, refusals included.

    The browser asks before it sends PATCH or Authorization, without credentials. A preflight answered 401 or 404 stops
    the page with a message that says nothing; an error without the header looks to the page like a broken network.

    Fix: answer OPTIONS before authentication with 204, the origin, all methods and headers; put
    Access-Control-Allow-Origin, Access-Control-Expose-Headers and `Vary: Origin` on every answer, in one place.
    """
    driver: Http = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    for path, method in ((driver.collection.path, "POST"), (thing.path, "PATCH"), (thing.path, "DELETE")):
        asked = {
            "Origin": driver.friend,
            "Access-Control-Request-Method": method,
            "Access-Control-Request-Headers": ", ".join(WANTED),
        }
        answer = expect.status(await bench.client().options(path, headers=asked), (200, 204))
        expect.header(answer, "Access-Control-Allow-Origin", equals=driver.friend)
        names(answer.headers.get("access-control-allow-methods"), (method.lower(),), "Allow-Methods", answer)
        names(answer.headers.get("access-control-allow-headers"), WANTED, "Allow-Headers", answer)
        expect.header(answer, "Vary", matches=r"(?i)\borigin\b")
    origin = {"Origin": driver.friend}
    answers = [
        expect.status(await person.client.get(thing.path, headers=origin), 200),
        expect.status(await bench.client().get(thing.path, headers=origin), 401),
        expect.status(await person.client.post(driver.collection.path, headers=origin, json={}), 422),
        expect.status(await person.client.get(driver.nowhere, headers=origin), 404),
    ]
    for answer in answers:
        expect.header(answer, "Access-Control-Allow-Origin", equals=driver.friend)
        names(answer.headers.get("access-control-expose-headers"), SHOWN, "Expose-Headers", answer)
        expect.header(answer, "Vary", matches=r"(?i)\borigin\b")


def names(found: str | None, wanted: tuple[str, ...], header: str, answer: object) -> None:
    """Each is in the list. A `*` stands for all but Authorization."""
    listed = {name.strip().lower() for name in (found or "").split(",")}
    missing = [name for name in wanted if name not in listed and ("*" not in listed or name == "authorization")]
    expect.that(
        not missing,
        expected=f"Access-Control-{header} with {', '.join(wanted)}",
        got=f"it lacks {', '.join(missing)}",
        answer=answer,  # type: ignore[arg-type]
    )
