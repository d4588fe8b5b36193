"""Lays the work into the days. Whole numbers only: a day is its ordinal, an item its place in the order.

A day is filled in this order, each step only while minutes are left:

1. reviews that are due, at most a third of the day; the rest waits for the next day
2. drills of skills learned on an earlier day
3. the skill that is being learned
4. the next skill or lab stage of the road that waits for nothing; a lab takes two thirds of the time while there
   are skills to learn beside it, and one lab is open at a time
5. the lab, beyond its two thirds
6. drills of a skill learned today

So the first unfinished item of the order can always go on, and every day with minutes brings the end nearer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from backroad.planner.work import BUILD, DRILL, LEARN, Work

AHEAD = 6
"""How many unfinished items are considered at a time: practice is mixed, but the road keeps its order."""
LEAST = (15, 15, 30)
"""Minutes below which learning, drilling and building are not begun, unless the whole day is shorter."""
TAIL = 5
"""A part is not cut so that less than this is left over."""
HORIZON = 2192
"""Days from the first one: six years."""


@dataclass(frozen=True, slots=True)
class Calendar:
    week: tuple[int, ...]
    off: frozenset[int]
    first: int
    used: int = 0
    """Minutes of the first day that are already used."""
    reviewed: int = 0
    """Those of them that went into reviews."""

    def available(self, day: int) -> int:
        return 0 if day in self.off else self.week[(day - 1) % 7]


@dataclass(frozen=True, slots=True)
class Reviews:
    due: Mapping[int, int]
    gaps: tuple[int, ...]
    each: float
    last: int
    """The last day of the forecast: the days go on at least to here."""


@dataclass(slots=True)
class Laid:
    chunks: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(day, item, part, minutes), in order."""
    reviews: dict[int, tuple[int, int]] = field(default_factory=dict)
    """day -> (how many, minutes)."""
    end: int = 0
    """Last day with work; 0 when there was none."""
    last: int = 0
    """Last day that was looked at."""
    waiting: int = 0
    """Reviews due that found no room."""
    complete: bool = False


class _Open:
    """What is under way while the days are filled."""

    def __init__(self, work: Work, learned_today: frozenset[int], first: int) -> None:
        count = len(work.items)
        self.work = work
        self.needs = list(work.needs)
        self.part = [0] * count
        self.left = [parts[0][2] for parts in work.parts]
        self.begun = [item.done_minutes > 0 for item in work.items]
        self.learned_on = [first if place in learned_today else 0 for place in range(count)]
        self.touched = [0] * count
        self.active = list(range(min(AHEAD, count)))
        self.upcoming = len(self.active)
        self.lab = next((place for place, item in enumerate(work.items) if _begun_lab(item)), -1)
        self.share = 0


def _begun_lab(item: object) -> bool:
    stages = getattr(item, "stages", ())
    return any(stage.done for stage in stages)
