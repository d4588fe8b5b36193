"""Short ways to write a history down, and a simulation that makes long ones."""

import random
from collections.abc import Callable
from typing import Any

from backroad.verifier.histories import History, Operation, Outcome

OK, FAIL, UNKNOWN = Outcome.OK, Outcome.FAIL, Outcome.UNKNOWN


def op(
    process: Any, kind: str, start: float, end: float, outcome: Outcome = OK, *, result: Any = None, **args: Any
) -> Operation:
    return Operation(process=process, kind=kind, args=args, result=result, start=start, end=end, outcome=outcome)


class Refused(Exception):
    """A model raises it: the operation does not happen."""


Plan = Callable[[random.Random, int], tuple[str, dict[str, Any]]]
Apply = Callable[[Any, str, dict[str, Any], int], Any]
"""Changes the state in place and returns the result."""


def simulate(
    seed: int, state: Any, plan: Plan, apply: Apply, *, processes: int = 4, each: int = 5, lost: float = 0.2,
    last: tuple[str, dict[str, Any]] | None = None,
) -> History:  # fmt: skip
    """Several clients at once on a correct target: every operation takes effect at one moment between call and return.

    Some answers get lost: then it took effect in time, later, or never. In half of the runs all is settled at the end;
    a reader does `last` after everything else.
    """
    chance = random.Random(seed)
    settles = chance.random() < 0.5
    planned: list[tuple[float, dict[str, Any]]] = []
    for process in range(processes):
        now, client = chance.random(), process
        for _ in range(each):
            kind, args = plan(chance, process)
            start = now + chance.random()
            moment = start + chance.random()
            end = moment + chance.random()
            made = {"process": client, "kind": kind, "args": args, "start": start, "end": end, "outcome": OK}
            if chance.random() < lost:
                made |= {"outcome": UNKNOWN, "end": chance.uniform(start, end)}
                moment = chance.choice([moment, moment + chance.random() * 5, float("inf")])
                client += processes  # a client whose call is still open cannot make another
            now = end
            planned.append((moment, made))
    settled = 1 + max(moment for moment, made in planned if moment != float("inf")) + each * 3
    if last is not None:
        kind, args = last
        made = {"process": "reader", "kind": kind, "args": args, "outcome": OK}
        planned.append((settled + 2, made | {"start": settled + 1, "end": settled + 3}))
    return History(carried_out(planned, state, apply), settled=settled if settles else float("inf"))


def carried_out(planned: list[tuple[float, dict[str, Any]]], state: Any, apply: Apply) -> list[Operation]:
    done: list[Operation] = []
    for moment, made in sorted(planned, key=lambda one: one[0]):
        result = None
        if moment != float("inf"):
            try:
                result = apply(state, made["kind"], made["args"], made["process"])
            except Refused:
                made["outcome"] = UNKNOWN if made["outcome"] is UNKNOWN else FAIL
        done.append(Operation(**made, result=result if made["outcome"] is OK else None))
    return done


def scrambled(seed: int, history: History, results: Callable[[random.Random, Operation], Any]) -> History:
    """The same calls with other results: most such histories are wrong."""
    chance = random.Random(seed)
    changed = [
        Operation(
            process=one.process, kind=one.kind, args=one.args, start=one.start, end=one.end, outcome=one.outcome,
            result=results(chance, one) if one.ok and chance.random() < 0.5 else one.result,
        )
        for one in history.operations
    ]  # fmt: skip
    return History(changed, settled=history.settled)


def changed(history: History, one: Operation, **fields: Any) -> History:
    """With one operation replaced; `remove=True` leaves it out."""
    rest = [other for other in history.operations if other is not one]
    if not fields.pop("remove", False):
        kept = {name: getattr(one, name) for name in ("process", "kind", "args", "result", "start", "end", "outcome")}
        rest.append(Operation(**{**kept, **fields}))
    return History(rest, settled=history.settled)
