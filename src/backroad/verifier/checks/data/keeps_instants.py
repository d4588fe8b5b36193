from datetime import UTC, datetime

from backroad.verifier import Bench, check, expect
from backroad.verifier.driver import LabDriver

TIMES = {
    "2031-05-06T07:08:09.123+05:30": "2031-05-06T01:38:09.123Z",
    "2031-12-31T20:00:00-08:00": "2032-01-01T04:00:00Z",
    "2032-02-29T23:59:59.999Z": "2032-02-29T23:59:59.999Z",
}


@check(needs=("data.patch_keeps_the_rest",), assumes=("UTC",))
async def run(bench: Bench) -> None:
    """An instant sent with any offset comes back as the same instant, in UTC, to the millisecond.

    A dropped offset moves every deadline by hours, and only for people in other time zones than yours.

    Fix: convert to UTC when you read it, store an instant (or milliseconds), and write it with a Z.
    """
    driver: LabDriver = bench.driver
    name = driver.collection.instant
    person = await driver.person()
    for sent, same in TIMES.items():
        thing = await driver.create(person, **{name: sent})
        answer = expect.status(await person.client.get(thing.path), 200)
        shown = expect.field(answer, name, matches=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$")
        kept = datetime.fromisoformat(shown) == datetime.fromisoformat(same).astimezone(UTC)
        expect.that(kept, expected=f"{name}: the instant {same}", got=f"{name}: {shown}", answer=answer)
