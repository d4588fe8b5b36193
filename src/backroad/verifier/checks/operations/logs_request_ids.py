import asyncio
import json
from typing import Any

from backroad.verifier import Answer, Bench, check, expect
from backroad.verifier.drivers.operations import Operated

HOSTILE = ("two words", "x" * 5000, '"}{"level":"error', "../../etc/passwd", "")


@check(needs=("http.answers_health",), control=True)
async def run(bench: Bench) -> None:
    """Each request has an id that the client gets back and that finds its line, as JSON, in the log.

    "It failed at about ten" is no way to find one request among a million. With an id in the answer and in each line,
    it takes one search, across all services.

    Fix: take X-Request-Id if it is short and plain, else make one; send it back on every answer; log one JSON object a
    line with the id, the method, the path and the status.
    """
    driver: Operated = bench.driver
    name = driver.request_id
    given = bench.word("trace-")
    for path, status in ((driver.health, 200), (driver.nowhere, 404)):
        mine = f"{given}-{status}"
        answer = expect.status(await bench.client().get(path, headers={name: mine}), status)
        expect.header(answer, name, equals=mine)
        await logged(bench, mine, answer)
    made = {expect.header(await bench.client().get(driver.health), name) for _ in range(3)}
    expect.that(len(made) == 3, expected="another id for each request", got=f"{len(made)} different ones in three")
    for odd in HOSTILE:
        answer = await bench.client().get(driver.health, headers={name: odd})
        shown = expect.header(answer, name)
        expect.that(shown not in (odd, ""), expected="an id of the server's own", got=f"{shown[:40]!r}", answer=answer)
        await logged(bench, shown, answer)


async def logged(bench: Bench, wanted: str, answer: Answer) -> None:
    """Some log a moment after the answer."""
    driver: Operated = bench.driver
    for _ in range(20):
        lines = [line for line in bench.target.logs().splitlines() if wanted in line]
        entry = next((found for line in lines if (found := read(line)).get(driver.logged_id) == wanted), None)
        if entry is not None:
            expect.equal(entry.get(driver.logged_status), answer.status, what="status in the log", answer=answer)
            expect.that("path" in entry and "method" in entry, expected="method and path too", got=f"{sorted(entry)}")
            return
        await asyncio.sleep(0.05)
    got = f"no line with it that is JSON: {lines[0][:120]}" if lines else "no line with it"
    expect.that(False, expected=f"a line of JSON with {driver.logged_id}: {wanted}", got=got, answer=answer)


def read(line: str) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
