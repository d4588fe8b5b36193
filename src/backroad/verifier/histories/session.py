"""What one client may rely on: it sees its own writes, and what it has seen does not vanish.

Read your writes and monotonic reads are two of the session guarantees of Terry et al., "Session Guarantees for Weakly
Consistent Replicated Data" (1994). The order of writes that they speak of is known here only as far as one ended before
another began, so values should be written once each: then a value says which write was read.
"""

from collections.abc import Callable, Hashable
from itertools import groupby
from typing import Any

from backroad.verifier.histories.history import History, Operation, Process
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.histories.lost_update import of
from backroad.verifier.histories.unique_claim import by_key
from backroad.verifier.wording import value

Source = Operation | None
"""A write, or None for the initial value."""


def read_your_writes(history: History, *, initial: Any = None) -> Judgement:
    """Operations: `write` (key, value; None deletes), `read` (key; the result is the value).

    Failed if a client that had written, and got an answer, then read a value that was certainly written before, or that
    nobody can have written. A value of somebody else at the same time is fine. A write with unknown outcome obliges to
    nothing. Unclear if no client read what it had certainly written.
    """
    expected = "a client reads what it wrote, or something newer"
    told = False
    for key, operations in by_key(history, "write", "read").items():
        writes = [one for one in operations if one.kind == "write" and one.possible]
        for read in (one for one in operations if one.kind == "read" and one.ok):
            own = [one for one in writes if one.ok and one.process == read.process and one.end < read.start]
            if not own:
                continue
            told = True
            last = max(own, key=lambda one: one.end)
            found = sources(writes, read, initial)
            if all(older(history, source, last) for source in found):
                got = f"{value(read.result)} after writing {value(last.arg('value'))}"
                return failed(expected + of(key), got, (*(one for one in found if one is not None), last, read))
    if not told:
        return unclear(expected, "no client read what it had certainly written")
    return passed(expected, "every client read what it wrote, or something newer")


def monotonic_reads(
    history: History, *, initial: Any = None, order: Callable[[Any], Any] | None = None
) -> Judgement:  # fmt: skip
    """Operations: `write` (key, value), `read` (key; the result is the value).

    Failed if a client read one value and later an older one: one that was certainly written before, or one that it had
    seen already before another. With `order`, a key such as a version number decides instead, and no writes are needed.
    Unclear if no client read anything twice.
    """
    expected = "a client never reads something older than before"
    told = False
    for key, operations in by_key(history, "write", "read").items():
        writes = [one for one in operations if one.kind == "write" and one.possible]
        sessions: dict[Process, list[Operation]] = {}
        for one in operations:
            if one.kind == "read" and one.ok:
                sessions.setdefault(one.process, []).append(one)
        for reads in sessions.values():
            told = told or len(reads) > 1
            back = backwards(reads, order) if order is not None else Session(history, writes, initial).backwards(reads)
            if back is not None:
                got = f"{value(back[-1].result)} after {value(back[-2].result)}"
                return failed(expected + of(key), got, back)
    if not told:
        return unclear(expected, "no client read anything twice")
    return passed(expected, "no client read something older than before")


def sources(writes: list[Operation], read: Operation, initial: Any) -> list[Source]:
    """Which writes a read can have seen."""
    found: list[Source] = [one for one in writes if one.arg("value") == read.result and one.start <= read.end]
    return [*found, None] if read.result == initial else found


def older(history: History, one: Source, other: Source) -> bool:
    """Certainly from before the other."""
    if one is None or other is None:
        return one is None and other is not None
    return history.before(one, other)


def backwards(reads: list[Operation], order: Callable[[Any], Any]) -> list[Operation] | None:
    newest = reads[0]
    for read in reads[1:]:
        if order(read.result) < order(newest.result):
            return [newest, read]
        newest = read
    return None


class Session:
    """The reads of one key by one client."""

    def __init__(self, history: History, writes: list[Operation], initial: Any) -> None:
        self._history = history
        self._writes = writes
        self._initial = initial

    def backwards(self, reads: list[Operation]) -> list[Operation] | None:
        """The reads that show it, the last of them the older value."""
        kept = [next(group) for _, group in groupby(reads, key=lambda one: fingerprint(one.result))]
        found = [sources(self._writes, read, self._initial) for read in kept]
        for place, later in enumerate(kept):
            for earlier in range(place):
                if self._all_older(found[place], found[earlier]):
                    return [kept[earlier], later]
            again = next((at for at in range(place) if kept[at].result == later.result), None)
            if again is not None and len(found[place]) == 1:  # written once, seen, gone, and seen again
                others = (at for at in range(again + 1, place) if found[at] and kept[at].result != later.result)
                between = next(others, None)
                if between is not None:
                    return [kept[again], kept[between], later]
        return None

    def _all_older(self, later: list[Source], earlier: list[Source]) -> bool:
        """Whichever writes were seen, the later read saw the older one."""
        return bool(later and earlier) and all(older(self._history, a, b) for a in later for b in earlier)


def fingerprint(thing: Any) -> Hashable:
    return value(thing)
