import asyncio
import json
from typing import Any

from backroad.verifier import Bench, Failed, check, expect
from backroad.verifier.drivers.operations import OperatedOnDatabase

ERRORS = ("error", "err", "critical", "fatal", "alert", "50", "60")


@check(needs=("operations.logs_request_ids", "database.recovers_after_a_restart"), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """A request that failed is an error in the log and says why; a visitor's mistake is not.

    Somebody is woken by errors. If 404 is one, they learn to sleep through it; if a 503 is not, nobody comes. And a
    line that says "failed" without saying what has to be guessed at three in the morning.

    Fix: level error for every 5xx, with the reason in a field of its own; info or warning for 4xx.
    """
    driver: OperatedOnDatabase = bench.driver
    person = await driver.person()
    thing = await driver.create(person)
    async with bench.dependency(driver.database).down():
        failed = await ask(bench, person.client, thing.path)
    expect.that(500 <= failed["status"] < 600, expected="a 5xx while the database is down", got=str(failed["status"]))
    level = str(failed["level"]).lower()
    expect.that(level in ERRORS, expected="level error for it", got=f"level {level}: {failed['line']}")
    usual = {driver.request_id, driver.logged_id, driver.logged_status, "time", "level", "method", "path", "seconds"}
    words = [value for name, value in failed["entry"].items() if name not in usual and isinstance(value, str) and value]
    reason = any("database" in word.lower() or " " in word.strip() for word in words)
    expect.that(reason, expected="a reason in words", got=f"none: {failed['line']}")
    missing = await ask(bench, bench.client(), driver.nowhere)
    level = str(missing["level"]).lower()
    expect.that(level not in ERRORS, expected="info or warning for a 404", got=f"level {level}: {missing['line']}")


async def ask(bench: Bench, client: Any, path: str) -> dict[str, Any]:
    driver: OperatedOnDatabase = bench.driver
    mine = bench.word("trace-")
    answer = await client.get(path, headers={driver.request_id: mine}, timeout=driver.answers_within)
    for _ in range(20):
        for line in bench.target.logs().splitlines():
            if mine in line and line.startswith("{"):
                entry = json.loads(line)
                return {"status": answer.status, "level": entry.get("level"), "entry": entry, "line": line[:200]}
        await asyncio.sleep(0.05)
    raise Failed(expected=f"a line with {mine}", got="none", exchanges=(answer.exchange,))
