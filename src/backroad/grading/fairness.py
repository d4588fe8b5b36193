"""Whose turn it is: cohorts take turns, and within each its learners. Pure."""

import heapq
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from backroad.grading.model import Waiting

Served = Mapping[str, datetime]
"""Cohort or learner -> when one of theirs was last taken."""


class _Line:
    """What waits of one cohort or one learner."""

    def __init__(self, running: int, served: datetime | None) -> None:
        self.key: tuple[int, int, float] = (running, 0, served.timestamp() if served else 0.0)

    def take(self, turn: int) -> None:
        """One more is running; in this order of turns it was served last."""
        self.key = (self.key[0] + 1, 1, turn)


class _Learner(_Line):
    def __init__(self, running: int, served: datetime | None) -> None:
        super().__init__(running, served)
        self.waiting: deque[Waiting] = deque()


class _Cohort(_Line):
    def __init__(self, running: int, served: datetime | None) -> None:
        super().__init__(running, served)
        self.learners: dict[str, _Learner] = {}
        self.heap: list[tuple[tuple[int, int, float], datetime, str]] = []


def in_turn(
    waiting: Sequence[Waiting], running: Mapping[tuple[str, str], int], cohorts: Served, learners: Served
) -> Iterator[Waiting]:
    """All of them in the order in which they will be taken: fewest running first, then longest not served.

    `running` counts by (cohort, learner). Learners without a cohort share the cohort "". A learner's own come in the
    order in which they were handed in.
    """
    lines: dict[str, _Cohort] = {}
    for item in sorted(waiting, key=lambda one: (one.asked_at, one.submission)):
        if item.cohort not in lines:
            busy = sum(count for (cohort, _), count in running.items() if cohort == item.cohort)
            lines[item.cohort] = _Cohort(busy, cohorts.get(item.cohort))
        members = lines[item.cohort].learners
        if item.learner not in members:
            busy = running.get((item.cohort, item.learner), 0)
            members[item.learner] = _Learner(busy, learners.get(item.learner))
        members[item.learner].waiting.append(item)
    yield from _turns(lines)


def _turns(lines: Mapping[str, _Cohort]) -> Iterator[Waiting]:
    heap = []
    for name, cohort in lines.items():
        cohort.heap = [(one.key, one.waiting[0].asked_at, who) for who, one in cohort.learners.items()]
        heapq.heapify(cohort.heap)
        heap.append((cohort.key, min(entry[1] for entry in cohort.heap), name))
    heapq.heapify(heap)
    turn = 0
    while heap:
        turn += 1
        _, _, name = heapq.heappop(heap)
        cohort = lines[name]
        _, _, who = heapq.heappop(cohort.heap)
        learner = cohort.learners[who]
        yield learner.waiting.popleft()
        learner.take(turn)
        cohort.take(turn)
        if learner.waiting:
            heapq.heappush(cohort.heap, (learner.key, learner.waiting[0].asked_at, who))
        if cohort.heap:
            heapq.heappush(heap, (cohort.key, cohort.heap[0][1], name))
