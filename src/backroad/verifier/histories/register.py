"""A register: each read returns the last value written, as if all happened one after the other."""

from collections.abc import Hashable
from typing import Any

import msgspec

from backroad.verifier.histories.history import History, Operation, Outcome
from backroad.verifier.histories.judgement import Judgement, failed, passed, unclear
from backroad.verifier.histories.linearize import BUDGET, IMPOSSIBLE, linearizable
from backroad.verifier.histories.lost_update import of
from backroad.verifier.histories.unique_claim import by_key


def register(history: History, *, initial: Hashable = None, budget: int = BUDGET) -> Judgement:
    """Operations: `write` (key, value), `swap` (key, old, new: compare and set), `read` (key; the result is the value).

    Failed if no order of the operations explains the reads (linearizability, see linearize.py). Unclear if the search
    for one grows beyond its budget, which takes dozens of operations at the same time, or if nothing was read.
    """
    expected = "each read returns the last value written"
    told = False
    for key, operations in by_key(history, "write", "swap", "read").items():
        verdict = linearizable(history, operations, step, initial, budget=budget)
        if verdict is None:
            return unclear(expected, f"too many operations{of(key)} at the same time to tell")
        if not verdict:
            first = culprit(history, operations, initial, budget)
            got = f"{first}, which no order of the operations explains"
            return failed(expected + of(key), got, (first, *around(history, operations, first)))
        told = told or any(one.kind == "read" and one.ok for one in operations)
    if not told:
        return unclear(expected, "nothing was read")
    return passed(expected, "one order of the operations explains every read")


def step(state: Any, one: Operation) -> Any:
    if one.kind == "write":
        return one.arg("value")
    if one.kind == "swap":
        return one.arg("new") if state == one.arg("old") else IMPOSSIBLE
    return state if not one.ok or one.result == state else IMPOSSIBLE


def culprit(history: History, operations: list[Operation], initial: Hashable, budget: int) -> Operation:
    """The first operation to end without which the history so far could be explained."""
    ended = sorted((one for one in operations if one.ok), key=lambda one: one.end)
    low, high = 0, len(ended) - 1
    while low < high:
        middle = (low + high) // 2
        until = ended[middle].end
        part = [one for one in operations if not one.ok or one.end <= until]
        part += [unfinished(one) for one in operations if one.ok and one.end > until and one.start <= until]
        if linearizable(history, part, step, initial, budget=budget) is False:
            high = middle
        else:
            low = middle + 1
    return ended[low]


def unfinished(one: Operation) -> Operation:
    """The same, its outcome not known yet."""
    return msgspec.structs.replace(one, outcome=Outcome.UNKNOWN, result=None)


def around(history: History, operations: list[Operation], first: Operation) -> list[Operation]:
    """Who wrote what was read, and the last writes that ended before."""
    changes = [one for one in operations if one.kind != "read" and one.possible]
    wrote = [one for one in changes if first.result in (one.args.get("value"), one.args.get("new"))]
    ended = [one for one in changes if history.before(one, first)]
    return wrote[:2] + ended[-2:]
