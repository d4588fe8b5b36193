"""A counter counts each increment once."""

import math
from collections.abc import Sequence

import msgspec

from backroad.verifier.histories.history import History, Operation
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.histories.lost_update import of
from backroad.verifier.histories.unique_claim import by_key
from backroad.verifier.wording import value

Change = tuple[Operation, int]
"""An operation and what it adds, below zero if it takes away."""


class Bounds(msgspec.Struct, frozen=True):
    """What a read may return: `low`, `high`, and steps between."""

    low: int
    high: int
    step: int = 1

    def hold(self, number: object) -> bool:
        if not isinstance(number, int) or isinstance(number, bool):
            return False
        return self.low <= number <= self.high and (self.step == 0 or (number - self.low) % self.step == 0)

    def __str__(self) -> str:
        if self.low == self.high:
            return str(self.low)
        steps = f" in steps of {self.step}" if self.step > 1 else ""
        return f"{self.low} to {self.high}{steps}"


def counter(history: History, *, initial: int = 0) -> Judgement:
    """Operations: `add` (key; amount, 1 if left out), `read` (key; the result is the count).

    A read must return at least what was certainly added before it began, and at most that and all that may have been
    added before it ended, as Jepsen's counter checker has it. Failed outside of these bounds, or where a count that
    only grows went back between two reads. Unclear if nothing was read.
    """
    expected = "each increment counted once"
    told = False
    for key, operations in by_key(history, "add", "read").items():
        changes = [(one, int(one.args.get("amount", 1))) for one in operations if one.kind == "add" and one.possible]
        reads = [one for one in operations if one.kind == "read" and one.ok]
        for read in reads:
            fits = bounds(history, changes, read, initial)
            if not fits.hold(read.result):
                shown = uncertain(history, changes, read)
                return failed(f"a count{of(key)} of {fits}", value(read.result), (*shown, read))
        back = went_back(history, changes, reads)
        if back is not None:
            least, earlier, later = back
            got = f"{later.result}, after a read of {earlier.result}"
            return failed(f"a count{of(key)} of at least {least}", got, (earlier, later))
        told = told or bool(reads)
    if not told:
        return unclear(expected, "nothing was read")
    return passed(expected, "every read within its bounds")


def bounds(history: History, changes: Sequence[Change], read: Operation, initial: int) -> Bounds:
    """Of what a read may return."""
    sure, maybe = sort_out(history, changes, read)
    base = initial + sum(amount for _, amount in sure)
    amounts = [amount for _, amount in maybe]
    low = base + sum(amount for amount in amounts if amount < 0)
    high = base + sum(amount for amount in amounts if amount > 0)
    return Bounds(low, high, math.gcd(*amounts))


def sort_out(history: History, changes: Sequence[Change], read: Operation) -> tuple[list[Change], list[Change]]:
    """Changes that a read must show, and those that it may show."""
    sure = [(one, amount) for one, amount in changes if one.ok and history.before(one, read)]
    known = {one for one, _ in sure}
    return sure, [(one, amount) for one, amount in changes if one not in known and one.start <= read.end]


def uncertain(history: History, changes: Sequence[Change], read: Operation) -> list[Operation]:
    """The last changes that the read must show, and some of those that it may show."""
    sure, maybe = sort_out(history, changes, read)
    return [one for one, _ in sure[-5:] + maybe[:5]]


def went_back(
    history: History, changes: Sequence[Change], reads: Sequence[Operation]
) -> tuple[int, Operation, Operation] | None:
    """Two reads, the later of which shows less than the earlier and what was added in between."""
    if any(amount < 0 for _, amount in changes):
        return None
    for later in reads:
        earlier = max((one for one in reads if one.end < later.start), key=lambda one: int(one.result), default=None)
        if earlier is None:
            continue
        between = [
            amount for one, amount in changes if one.ok and history.before(earlier, one) and history.before(one, later)
        ]
        least = earlier.result + sum(between)
        if later.result < least:
            return least, earlier, later
    return None
