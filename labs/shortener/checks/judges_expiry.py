from datetime import UTC, datetime, timedelta

from backroad.verifier import Bench, check, expect

WRONG = (
    "tomorrow", "", 1_924_000_000, True, {}, "2031-01-01", "2031-01-01T00:00:00", "01/02/2031", "2031-13-01T00:00:00Z",
    "2031-02-30T00:00:00Z", "2031-01-01T25:00:00Z", "2001-02-03T04:05:06Z",
)  # fmt: skip


@check(needs=("data.names_every_wrong_field",))
async def run(bench: Bench) -> None:
    """An expiry that is not an RFC 3339 time with an offset, or not in the future, is refused with 422.

    A time without an offset means another instant on each machine. A lenient date parser turns 30 February into 2 March
    and 01/02 into whichever its country thinks.

    Fix: a strict RFC 3339 parser, offset required, then compare with now; for new links and for changes.
    """
    driver = bench.driver
    person = await driver.person()
    past = (datetime.now(UTC) - timedelta(seconds=2)).isoformat(timespec="milliseconds")
    for instant in (*WRONG, past):
        driver.refused(await person.client.post("/links", json=driver.draft(expires_at=instant)), "expires_at")
    thing = await driver.create(person, expires_at=None)
    expect.field(thing.answer, "expires_at", equals=None)
    for instant in (WRONG[6], past):
        driver.refused(await person.client.patch(thing.path, json={"expires_at": instant}), "expires_at")
