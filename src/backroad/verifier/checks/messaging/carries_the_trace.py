import contextlib
import json
from functools import partial

from backroad.verifier import Bench, check, expect
from backroad.verifier.drivers.messaging import Messaging


@check(needs=("messaging.compensates_when_a_step_fails",), seconds=30, control=True)
async def run(bench: Bench) -> None:
    """One trace id leads through the log lines of every service that took part in an order.

    An order that got stuck went through four processes and three queues. Without an id that they share, each has its
    own million lines and nobody can say which ones belong together.

    Fix: take the trace id of `traceparent` (W3C Trace Context), or make one; send it on as a header of every request
    and every message, and log JSON lines with trace_id and service.
    """
    driver: Messaging = bench.driver
    trade = await driver.open_trade(stock=10)
    traces = [bench.random.randbytes(16).hex() for _ in range(2)]
    for trace in traces:
        mark = bench.target.log.total
        parent = f"00-{trace}-{bench.random.randbytes(8).hex()}-01"
        order = await driver.place(trade, headers={"traceparent": parent})
        await driver.until_settled(trade, [order])
        named = await driver.until(
            partial(services, bench, trace, mark),
            lambda named: named.issuperset(driver.services),
            within=5,
        )
        missing = [name for name in driver.services if name not in named]
        expected = f"a log line with trace_id {trace} from each of {', '.join(driver.services)}"
        got = f"none from {' and '.join(missing)}"
        expect.that(not missing, expected=expected, got=got, answer=order.answer)


async def services(bench: Bench, trace: str, mark: int) -> set[str]:
    """Which of them have logged a line of this trace."""
    named = set()
    for line in bench.target.log.since(mark).splitlines():
        with contextlib.suppress(ValueError):
            entry = json.loads(line)
            if isinstance(entry, dict) and entry.get("trace_id") == trace:
                named.add(str(entry.get("service")))
    return named
