from typing import Any

from backroad.verifier import Bench, Failed, Request, check
from backroad.verifier.driver import LabDriver
from backroad.verifier.wording import seconds

RATE, LONG = 50, 5.0  # requests a second, seconds
WRITES = 10  # one request in ten
BUDGET = 0.5  # seconds, for 99 of 100
LOST = 0.001  # share of the requests that may fail


@check(needs=("data.creates",), seconds=60)
async def run(bench: Bench) -> None:
    """At fifty requests a second, one in ten a write, 99 of 100 are answered within half a second and none fails.

    A budget that was measured before the launch is a promise; one that was not is a hope. Arrivals do not wait for
    answers: a server that falls behind falls further behind with each second.

    Fix: look at the plot in the HTML report, then at the slowest statement; keep blocking calls off the event loop, and
    give the pool as many connections as there are requests at work at once.
    """
    driver: LabDriver = bench.driver
    person = await driver.person()
    things = [await driver.create(person) for _ in range(10)]

    def make(number: int) -> Request:
        if number % WRITES == 0:
            return person.request("POST", driver.collection.path, json=driver.draft())
        return person.request("GET", things[number % len(things)].path)

    quiet = await bench.load(make, rate=5, seconds=1.5)
    result = await bench.load(make, rate=RATE, seconds=LONG)
    bad = sum(count for status, count in result.statuses.items() if status >= 400) + result.planned - result.answered
    slow = result.percentile_of_all(99)
    bench.log(f"p99 {tell(slow)} at {RATE} a second, {tell(quiet.percentile_of_all(99))} at 5")
    sent = f"{result.planned} requests, {RATE} a second"
    if bad > LOST * result.planned:
        said = ", ".join(f"{count} × {status}" for status, count in sorted(result.statuses.items()) if status >= 400)
        got = f"{bad} failed: {said or 'no answer'}"
        raise Failed(sent=sent, expected="an answer of success to each", got=got)
    if slow > BUDGET:
        if result.late.percentile(99) > BUDGET / 5:
            bench.unclear("this machine is too busy to measure on: requests went out late")
        raise Failed(sent=sent, expected=f"99 of 100 within {seconds(BUDGET)}", got=f"99 of 100 within {tell(slow)}")


def tell(value: Any) -> str:
    return "no answer" if value == float("inf") else seconds(value)
