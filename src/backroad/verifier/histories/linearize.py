"""Is there one order of all operations, each at some moment between its call and its return, that explains them?

Herlihy and Wing, "Linearizability" (1990) say what that means; Wing and Gong, "Testing and Verifying Concurrent
Objects" (1993) how to search for it; Lowe, "Testing for Linearizability" (2017) adds the memory of places where the
search has been. Jepsen's Knossos does the same. The problem is NP-complete, so the search has a budget.
"""

from collections.abc import Callable, Hashable, Sequence
from typing import Any

from backroad.verifier.histories.history import History, Operation

BUDGET = 100_000  # steps of the search
IMPOSSIBLE: Any = object()
Step = Callable[[Any, Operation], Hashable]
"""The state after an operation, or IMPOSSIBLE if it cannot have had its result in that state. States are hashable."""


def linearizable(
    history: History, operations: Sequence[Operation], step: Step, initial: Hashable, *, budget: int = BUDGET
) -> bool | None:
    """None if the budget was spent before an answer was found. Unknown operations may be left out of the order."""
    candidates = sorted((one for one in operations if one.possible), key=lambda one: one.start)
    ends = [history.latest(one) for one in candidates]
    needed = sum(1 << place for place, one in enumerate(candidates) if one.ok)
    seen: set[tuple[int, Hashable]] = set()
    stack: list[tuple[int, Hashable]] = [(0, initial)]
    while stack:
        done, state = stack.pop()
        if done & needed == needed:
            return True
        if (done, state) in seen:
            continue
        seen.add((done, state))
        budget -= 1
        if budget < 0:
            return None
        # Only what began before the first of the others must have ended can come next.
        limit = min(end for place, end in enumerate(ends) if needed >> place & 1 and not done >> place & 1)
        following: list[tuple[int, Hashable]] = []
        for place, one in enumerate(candidates):
            if one.start > limit:
                break
            if not done >> place & 1 and not passed_over(ends[place], one, done, candidates):
                after = step(state, one)
                if after is not IMPOSSIBLE:
                    following.append((done | 1 << place, after))
        stack.extend(reversed(following))
    return False


def passed_over(end: float, one: Operation, done: int, candidates: Sequence[Operation]) -> bool:
    """An unknown operation that had to take effect, if at all, before another that is already in the order began."""
    if one.ok:
        return False
    return any(done >> place & 1 and other.start > end for place, other in enumerate(candidates))
