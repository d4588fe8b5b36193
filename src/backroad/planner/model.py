"""The nouns of a plan. Minutes are whole minutes, dates are the learner's calendar days."""

from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

SessionKind = Literal["learn", "drill", "build", "review"]
OfferKind = Literal["later-end", "more-minutes", "drop-optional"]

REVIEW_MINUTES = 0.75
"""One review takes 45 seconds on average."""
REVIEW_GAPS = (2, 13, 59, 222, 719)
"""Days after drilling on which a drill comes back if it is answered right each time: FSRS at 90 % retention."""


class Stage(msgspec.Struct, frozen=True):
    title: str
    minutes: int
    done: bool = False


class Item(msgspec.Struct, frozen=True):
    """One skill or lab of the road and how much of it is done."""

    id: str
    kind: Literal["skill", "lab"]
    title: str
    minutes: int
    """Estimate for the whole item. A lab's stages carry their own."""
    requires: tuple[str, ...] = ()
    """Ids that come first. Ids that are not among the items count as done."""
    optional: bool = False
    drills: int = 0
    """How many drills a skill has; with none, all its minutes are for learning."""
    stages: tuple[Stage, ...] = ()
    learned: bool = False
    drilled: bool = False
    done_minutes: int = 0
    """Own minutes already spent on the first unfinished part."""


class Availability(msgspec.Struct, frozen=True):
    minutes: tuple[int, int, int, int, int, int, int]
    """Monday … Sunday."""
    days_off: frozenset[date] = frozenset()


class Session(msgspec.Struct, frozen=True):
    kind: SessionKind
    ref: str
    """Skill id, lab slug; for reviews, the date."""
    title: str
    minutes: int
    part: int = 1
    parts: int = 1
    stage: int = 0
    """Number of the lab's stage from 1; 0 for everything else."""
    optional: bool = False
    done: bool = False

    @property
    def key(self) -> str:
        """Stays the same when the session moves to another day, e.g. `learn:sql.joins:0:2`."""
        return f"{self.kind}:{self.ref}:{self.stage}:{self.part}"

    @property
    def part_of(self) -> str:
        """`2 of 3`, or nothing for a session that is whole."""
        return f"{self.part} of {self.parts}" if self.parts > 1 else ""


class Day(msgspec.Struct, frozen=True):
    date: date
    available: int
    sessions: tuple[Session, ...] = ()

    @property
    def planned(self) -> int:
        """Minutes still to do."""
        return sum(session.minutes for session in self.sessions if not session.done)


class Request(msgspec.Struct, frozen=True):
    items: tuple[Item, ...]
    """In road order."""
    availability: Availability
    start: date
    today: date
    reviews_due: Mapping[date, int] = {}
    """Reviews of drills already answered; those of drills still to come are forecast by the planner."""
    review_gaps: tuple[int, ...] = REVIEW_GAPS
    deadline: date | None = None
    """The last day, included."""
    drop_optional: bool = False
    pace: float = 1.0
    """The learner's own time divided by the estimate."""
    spread: float = 0.15
    """How far the pace may be off, as a share of it."""
    history: tuple[Day, ...] = ()
    """What was done, by day, up to today: sessions with `done`. Never moved."""


class Offer(msgspec.Struct, frozen=True):
    """One way out of an impossible deadline, computed and tried."""

    kind: OfferKind
    text: str
    suffices: bool
    end: date | None = None
    """Where the road would end."""
    minutes: int = 0
    """more-minutes: extra minutes a week. drop-optional: minutes saved."""
    weekdays: tuple[int, int, int, int, int, int, int] | None = None
    """more-minutes: the availability to take."""


class PlanWarning(msgspec.Struct, frozen=True):
    kind: Literal["deadline", "reviews"]
    text: str
    offers: tuple[Offer, ...] = ()


class Plan(msgspec.Struct, frozen=True):
    days: tuple[Day, ...]
    """History as it was, then every calendar day up to the end, empty ones too."""
    end: date | None
    """Last day of new work; None when there is nothing left."""
    end_range: tuple[date, date] | None
    """Earliest and latest likely end, from the spread of the pace."""
    minutes_left: int
    """Undone learning, drilling and building, at the learner's pace."""
    warnings: tuple[PlanWarning, ...] = ()
    dropped: tuple[str, ...] = ()
