"""What several clients did at the same time, and what is known of the outcome.

An operation that got no answer may have happened, may happen still, or may never happen. Jepsen calls that `info`
(jepsen.io, "Indeterminate"); here it is `unknown`. A judge may only fail a history that no choice of what the unknown
ones did can explain.
"""

import enum
import itertools
import math
import time
from collections.abc import Callable, Iterable
from typing import Any

import msgspec

from backroad.verifier.exchange import Exchange
from backroad.verifier.wording import value

Process = int | str


class Outcome(enum.StrEnum):
    OK = "ok"
    FAIL = "fail"  # definite: it certainly did not happen
    UNKNOWN = "unknown"  # indefinite: it may or may not have happened, or happen yet


class Operation(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """One call and its return, in seconds of one clock. Two operations are equal only if they are the same one."""

    process: Process  # the client; does one thing after the other
    kind: str
    args: dict[str, Any] = {}
    result: Any = None
    start: float
    end: float  # of an unknown one: when its client gave up, which says nothing of when it takes effect
    outcome: Outcome = Outcome.OK
    exchange: Exchange | None = None

    @property
    def ok(self) -> bool:
        return self.outcome == Outcome.OK

    @property
    def possible(self) -> bool:
        """It happened, or may have."""
        return self.outcome != Outcome.FAIL

    def arg(self, name: str) -> Any:
        """ValueError if it was recorded without that argument."""
        if name not in self.args:
            raise ValueError(f"the operation {self.kind} was recorded without {name}")
        return self.args[name]

    def __str__(self) -> str:
        """`client 2: claim alias "promo" (fail)`."""
        given = "".join(f" {name} {value(given)}" for name, given in self.args.items())
        result = f" gave {value(self.result)}" if self.ok and self.result is not None else ""
        return f"client {self.process}: {self.kind}{given}{result} ({self.outcome})"


class History:
    """Operations of one run. `settled`: a moment after which no unknown operation takes effect any more."""

    def __init__(
        self, operations: Iterable[Operation] = (), *, settled: float = math.inf,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:  # fmt: skip
        self.settled = settled
        self._clock = clock
        self._done = list(operations)
        self._open: dict[int, Pending] = {}
        self._numbers = itertools.count()

    def begin(self, process: Process, kind: str, **args: Any) -> "Pending":
        """Call before the request goes out. What is not concluded when the history is judged counts as unknown."""
        pending = Pending(self, next(self._numbers), process, kind, args, self._clock())
        self._open[pending.number] = pending
        return pending

    def add(self, operation: Operation) -> None:
        self._done.append(operation)

    def settle(self) -> None:
        """From now on nothing unknown takes effect: the target was restarted, or has certainly dropped what it had."""
        self.settled = self._clock()

    def close(self, pending: "Pending", outcome: Outcome, result: Any, exchange: Exchange | None) -> Operation:
        if self._open.pop(pending.number, None) is None:
            raise ValueError(f"the operation {pending.kind} was concluded twice")
        operation = pending.operation(self._clock(), outcome, result, exchange)
        self._done.append(operation)
        return operation

    @property
    def operations(self) -> list[Operation]:
        """By start."""
        unfinished = [one.operation(math.inf, Outcome.UNKNOWN, None, None) for one in self._open.values()]
        return sorted(self._done + unfinished, key=lambda one: one.start)

    def of(self, *kinds: str) -> list[Operation]:
        """Those that happened or may have, by start."""
        return [one for one in self.operations if one.kind in kinds and one.possible]

    def latest(self, one: Operation) -> float:
        """The last moment at which it can have taken effect."""
        if one.ok:
            return one.end
        return self.settled if one.start <= self.settled else math.inf

    def before(self, one: Operation, other: Operation) -> bool:
        """Took effect before the other began, if it took effect at all: the real-time order of Herlihy and Wing."""
        return self.latest(one) < other.start


class Pending:
    """An operation under way."""

    def __init__(
        self, history: History, number: int, process: Process, kind: str, args: dict[str, Any], start: float
    ) -> None:
        self.number = number
        self.kind = kind
        self._history = history
        self._process = process
        self._args = args
        self._start = start

    def ok(self, result: Any = None, *, exchange: Exchange | None = None) -> Operation:
        return self._history.close(self, Outcome.OK, result, exchange)

    def fail(self, result: Any = None, *, exchange: Exchange | None = None) -> Operation:
        """It certainly did not happen."""
        return self._history.close(self, Outcome.FAIL, result, exchange)

    def unknown(self, *, exchange: Exchange | None = None) -> Operation:
        return self._history.close(self, Outcome.UNKNOWN, None, exchange)

    def answered(self, status: int, result: Any = None, *, exchange: Exchange | None = None) -> Operation:
        """Concluded by what the status says, see outcome_of()."""
        return self._history.close(self, outcome_of(status), result, exchange)

    def operation(self, end: float, outcome: Outcome, result: Any, exchange: Exchange | None) -> Operation:
        return Operation(
            process=self._process, kind=self.kind, args=self._args, result=result, start=self._start, end=end,
            outcome=outcome, exchange=exchange,
        )  # fmt: skip


def outcome_of(status: int | None, *, sent: bool = True) -> Outcome:
    """What an HTTP status says. None is no answer, and `sent` whether the whole request had been handed over.

    An error of the server says nothing: a 500 may come after the commit. Nor does 408, which a proxy may have sent.
    """
    if status is None:
        return Outcome.UNKNOWN if sent else Outcome.FAIL
    if status < 400:
        return Outcome.OK
    return Outcome.FAIL if status < 500 and status != 408 else Outcome.UNKNOWN
