import re
from typing import Any

from backroad.verifier import Answer, Bench, check, expect

LINE = re.compile(r"(\w+?)_(bucket|sum|count)(?:\{(.*)\})? (\S+)")
UPPER = re.compile(r'\ble="([^"]+)"')
SLOW = 0.4  # seconds that the database takes for each answer
ASKED = 8
FEWEST = 5  # bounds


@check(needs=("operations.exposes_metrics", "data.creates"), seconds=40)
async def run(bench: Bench) -> None:
    """A histogram says how long requests took, from the first byte to the last, in buckets that a percentile can use.

    An average hides the one in a hundred that waits ten seconds. With buckets, the 99th percentile of last night is one
    query, and an alert is another.

    Fix: http_request_duration_seconds as a histogram with bounds from 5 ms to 10 s, observed around the whole handler,
    labelled by method and route.
    """
    driver: Any = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    before, _ = read(await bench.client().get(driver.metrics), driver.duration)
    for _ in range(ASKED):
        await person.client.get(thing.path)
    async with bench.dependency(driver.database).latency(SLOW):
        slow = await person.client.get(thing.path, timeout=driver.answers_within)
    answer = await bench.client().get(driver.metrics)
    after, buckets = read(answer, driver.duration)
    bounds = {UPPER.search(labels)[1] for labels in buckets}  # type: ignore[index]
    finite = sorted(float(bound) for bound in bounds if bound != "+Inf")
    got = ", ".join(f"{bound:g}" for bound in finite) or "none"
    fits = len(finite) >= FEWEST and finite[0] <= 0.05 and finite[-1] >= 2.5 and "+Inf" in bounds
    expect.that(fits, expected="five bounds or more from 0.05 to 2.5 s, and +Inf", got=got, answer=answer)
    whole = sum(value for labels, value in buckets.items() if 'le="+Inf"' in labels)
    expect.equal(whole, after["count"], what="requests in the buckets up to +Inf, and _count", answer=answer)
    counted = after["count"] - before["count"]
    expected = f"{ASKED + 1} requests or a few more"
    expect.that(ASKED + 1 <= counted <= ASKED + 6, expected=expected, got=f"{counted:g} counted", answer=answer)
    took = after["sum"] - before["sum"]
    expected = f"{0.8 * slow.seconds:.2f} s or more after a request that took {slow.seconds:.2f} s"
    expect.that(took >= 0.8 * slow.seconds, expected=expected, got=f"the sum grew by {took:.3f} s", answer=answer)


def read(answer: Answer, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """Sums over all series of `_sum` and `_count`, and labels -> value of the buckets."""
    totals, buckets = {"sum": 0.0, "count": 0.0}, {}
    for line in expect.status(answer, 200).text.splitlines():
        found = LINE.match(line)
        if found is None or found[1] != name:
            continue
        if found[2] == "bucket" and UPPER.search(found[3] or ""):
            buckets[found[3]] = float(found[4])
        elif found[2] in totals:
            totals[found[2]] += float(found[4])
    expect.that(buckets, expected=f"{name}_bucket with le", got="none", answer=answer)
    return totals, buckets
