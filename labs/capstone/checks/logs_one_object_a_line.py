import datetime
import json

from backroad.verifier import Bench, Failed, check
from backroad.verifier.drivers.operations import Operated

TIME, LEVEL = ("time", "timestamp", "ts", "@timestamp"), ("level", "severity", "log.level")
MESSAGE = ("message", "msg", "event")


@check(needs=("http.answers_health",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """Every line of the log is one JSON object with time, level and message, from the first start to the last stop.

    A log service reads lines. A banner, a trace over forty lines or a library that prints as it likes become forty
    events without a time, and the search for "level is error" misses the one that mattered.

    Fix: one logger that writes JSON to standard error, and every library's log led through it, the server's own too.
    """
    driver: Operated = bench.driver
    mark = bench.target.log.total
    await bench.target.restart()
    await bench.client().get(driver.health)
    await bench.client().get(driver.nowhere)
    await bench.target.stop()
    lines = [line for line in bench.target.log.since(mark).splitlines() if line.strip()]
    await bench.target.start()
    if not lines:
        raise Failed(sent="a start, two requests, a stop", expected="lines in the log", got="none")
    for line in lines:
        fault = wrong(line)
        if fault:
            raise Failed(sent="a start, two requests, a stop", expected="JSON objects", got=f"{fault}: {line[:160]}")


def wrong(line: str) -> str:
    """What is wrong with a line; empty if nothing is."""
    try:
        entry = json.loads(line)
    except ValueError:
        return "no JSON"
    if not isinstance(entry, dict):
        return "no object"
    time, level, message = (
        next((entry[name] for name in names if name in entry), None) for names in (TIME, LEVEL, MESSAGE)
    )
    if not is_time(time):
        return "no time in it that can be read"
    if level is None:
        return "no level"
    return "" if isinstance(message, str) else "no message"


def is_time(value: object) -> bool:
    """RFC 3339, or seconds or milliseconds since 1970."""
    if isinstance(value, int | float):
        return value > 1_000_000_000
    try:
        return isinstance(value, str) and datetime.datetime.fromisoformat(value).year > 2000
    except ValueError:
        return False
