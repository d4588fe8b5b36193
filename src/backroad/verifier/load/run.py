"""Open loop: requests go out when they are due. Closed loop: each connection asks again as soon as it is answered."""

import asyncio
import time
from collections.abc import Iterator
from typing import Literal

from backroad.verifier.load.alarm import Alarm
from backroad.verifier.load.histogram import Histogram
from backroad.verifier.load.lane import Lane
from backroad.verifier.load.loop import MAX_REQUESTS, Check, Load, Requests, check_bounds
from backroad.verifier.load.result import LoadResult, Second
from backroad.verifier.load.schedule import EXACT, Schedule, schedule
from backroad.verifier.load.tally import Tally

TIMEOUT = 5.0
PATIENCE = 10.0
MAX_BODY = 1 << 20
LEAD = 0.01  # seconds between the last connection being open and the first request
NEVER = float("inf")


async def run_load(
    host: str, port: int, requests: Requests, *, rate: float | Schedule, seconds: float, connections: int = 50,
    warmup: float = 1.0, check: Check | None = None, timeout: float = TIMEOUT, patience: float = PATIENCE,
    max_body: int = MAX_BODY,
) -> LoadResult:  # fmt: skip
    """Send requests at a rate that does not depend on the answers.

    A request that finds no free connection waits; its latency still counts from when it was due. One that has waited
    for `patience` seconds is given up and counted as unsent. The load ends at the latest `patience` and `timeout` after
    its last second. `check` sees status, headers and body of each answer, and returns what is wrong with it, or None.
    """
    plan = schedule(rate)
    span = warmup + seconds
    check_bounds(plan.rate * span, span=span, connections=connections, timeout=max(timeout, patience))
    load = OpenLoop(
        plan, requests, seconds=seconds, warmup=warmup, patience=patience,
        connections=connections, check=check, timeout=timeout, max_body=max_body,
    )  # fmt: skip
    await load.run(host, port)
    return conclude(load, "open", rate=plan.rate, seconds=seconds, connections=connections, late=load.late)


async def closed_loop(
    host: str, port: int, requests: Requests, *, seconds: float, connections: int = 50, warmup: float = 1.0,
    check: Check | None = None, timeout: float = TIMEOUT, max_body: int = MAX_BODY,
) -> LoadResult:  # fmt: skip
    """As many requests as the target answers, `connections` at a time.

    For throughput. Its latencies flatter: while the target stalls, next to nothing is sent.
    """
    check_bounds(0, span=warmup + seconds, connections=connections, timeout=timeout)
    load = ClosedLoop(
        requests, seconds=seconds, warmup=warmup, connections=connections, check=check, timeout=timeout,
        max_body=max_body,
    )  # fmt: skip
    await load.run(host, port)
    return conclude(load, "closed", rate=0, seconds=seconds, connections=connections, late=Histogram())


class OpenLoop(Load):
    def __init__(
        self, plan: Schedule, requests: Requests, *, seconds: float, warmup: float, patience: float, connections: int,
        check: Check | None, timeout: float, max_body: int,
    ) -> None:  # fmt: skip
        super().__init__(requests, connections=connections, check=check, timeout=timeout, max_body=max_body)
        self.late = Histogram()
        self._plan = plan
        self._seconds = seconds
        self._warmup = warmup
        self._patience = patience
        self._free: list[Lane] = []
        self._times: Iterator[float] = iter(())
        self._due = NEVER
        self._origin = 0.0
        self._alarm: Alarm | None = None
        self._armed = False
        self._starved = (
            False  # something was due and no connection free: what is late now is late because of the target
        )

    def begin(self, now: float) -> None:
        self._origin = now + LEAD
        start = self._origin + self._warmup
        self.tally = Tally(start - EXACT, self._seconds)
        self.stop_at = start + self._seconds + self._patience + self._timeout + 1
        self._times = self._plan.times(self._warmup + self._seconds)
        self._alarm = Alarm(asyncio.get_running_loop(), self._ring)
        self._advance()
        self._arm()

    def _advance(self) -> None:
        offset = next(self._times, None)
        self._due = NEVER if offset is None else self._origin + offset

    def _arm(self) -> None:
        """Nothing more to be sent now: wake up for the next."""
        self._starved = False
        if not self._armed and self._due != NEVER and self._alarm is not None:
            self._armed = True
            self._alarm.set(self._due)

    def ready(self, lane: Lane, now: float) -> None:
        if self._due > now:
            self._free.append(lane)
            if self._starved:
                self._arm()
            return
        self._send_due(lane, now)

    def _send_due(self, lane: Lane, now: float) -> None:
        due = self._due
        if not self._starved and self.tally.counts(due):
            self.late.record(int((now - due) * 1e6))
        self._advance()
        self.send(lane, due, now)

    def _ring(self) -> None:
        self._armed = False
        now = time.perf_counter()
        while self._due <= now and self._free:
            lane = self._free.pop()
            if lane.usable:
                self._send_due(lane, now)
        if self._due <= now:
            self._starved = True
        else:
            self._arm()

    def gone(self, lane: Lane) -> None:
        if lane in self._free:
            self._free.remove(lane)
        super().gone(lane)

    def swept(self, now: float) -> None:
        while self._due < now - self._patience:
            self.tally.not_sent(self._due)
            self._advance()
        if self._due == NEVER and not self.busy:
            self.finish()
        elif self._starved and self._free:
            self._ring()

    def stopped(self) -> None:
        if self._alarm is not None:
            self._alarm.close()
        while self._due != NEVER:
            self.tally.not_sent(self._due)
            self._advance()


class ClosedLoop(Load):
    def __init__(
        self, requests: Requests, *, seconds: float, warmup: float, connections: int, check: Check | None,
        timeout: float, max_body: int,
    ) -> None:  # fmt: skip
        super().__init__(requests, connections=connections, check=check, timeout=timeout, max_body=max_body)
        self._seconds = seconds
        self._warmup = warmup
        self._end = 0.0

    def begin(self, now: float) -> None:
        self._end = now + self._warmup + self._seconds
        self.tally = Tally(now + self._warmup, self._seconds)
        self.stop_at = self._end + self._timeout + 1

    def ready(self, lane: Lane, now: float) -> None:
        if now < self._end and self._made < MAX_REQUESTS:
            self.send(lane, now, now)

    def swept(self, now: float) -> None:
        if (now >= self._end or self._made >= MAX_REQUESTS) and not self.busy:
            self.finish()


def conclude(
    load: Load, kind: Literal["open", "closed"], *, rate: float, seconds: float, connections: int, late: Histogram
) -> LoadResult:
    tally, total = load.tally, Histogram()
    timeline: list[Second] = []
    for at, slot in enumerate(tally.slots):
        one = slot or Histogram()
        if at < seconds:
            p50, p90, p99 = one.percentiles((50, 90, 99))
            answered, failed = one.total, tally.failed[at]
            timeline.append(Second(at=at, answered=answered, failed=failed, p50=p50, p90=p90, p99=p99, max=one.max))
        total.merge(one)
    return LoadResult(
        kind=kind, rate=rate, seconds=seconds, connections=connections,
        planned=total.total + sum(tally.errors.values()) + tally.unsent,
        statuses=dict(sorted(tally.statuses.items())), errors=tally.errors, unsent=tally.unsent, wrong=tally.wrong,
        not_connected=load.not_connected, reconnected=load.reconnected, achieved=tally.in_time / seconds,
        latency=total, late=late, timeline=tuple(timeline),
    )  # fmt: skip
