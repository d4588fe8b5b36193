import re

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.operations import Operated

SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(\{.*\})? (\S+)(?: -?\d+)?$")
ASKED, ODD = 7, 25


@check(needs=("http.answers_unknown_paths",))
async def run(bench: Bench) -> None:
    """Metrics count every request, in the text format of Prometheus, with a number of series that does not grow.

    What is not counted is not noticed. A label that holds the path as clients wrote it makes a series for each id,
    until the metrics cost more memory than the service.

    Fix: a client library of Prometheus, one counter with the labels method, route (the pattern, such as
    /projects/{slug}) and status, and "unknown" for paths that no route has.
    """
    driver: Operated = bench.driver
    before = samples(await bench.client().get(driver.metrics), driver.counter)
    for _ in range(ASKED):
        await bench.client().get(driver.health)
    for _ in range(ODD):
        expect.status(await bench.client().get(f"/{bench.word('odd-')}"), 404)
    answer = await bench.client().get(driver.metrics)
    after = samples(answer, driver.counter)
    grown = sum(after.values()) - sum(before.values())
    least = ASKED + ODD
    got = f"{driver.counter} grew by {grown:g} in all"
    expect.that(least <= grown <= least + 5, expected=f"{least} requests counted", got=got, answer=answer)
    new = len(after) - len(before)
    got = f"{new} new series after {ODD} paths that do not exist"
    expect.that(new < ODD / 2, expected="a few series at most", got=got, answer=answer)


def samples(answer: Answer, counter: str) -> dict[str, float]:
    """Series -> value, of one metric; every line must be readable."""
    expect.status(answer, 200)
    expect.header(answer, "content-type", matches=r"(?i)^(text/plain|application/openmetrics-text)\b")
    found: dict[str, float] = {}
    for line in answer.text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        sample = SAMPLE.match(line)
        number = as_number(sample[3]) if sample else None
        if sample is None or number is None:
            expect.that(False, expected="lines such as name{label} 1", got=line[:120], answer=answer)
        elif sample[1] == counter:
            found[sample[2] or ""] = number
    expect.that(found, expected=f"samples of {counter}", got="none", answer=answer)
    return found


def as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
