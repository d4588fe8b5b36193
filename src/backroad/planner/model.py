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
    wished: bool = False
    """It stands where the learner moved it."""
    count: int = 0
    """Reviews that are still to do: how many."""
    due: date | None = None
    """By when it is to be done, where somebody assigned it."""

    @property
    def key(self) -> str:
        """Stays the same when the session moves to another day, e.g. `learn:sql.joins:0:2`."""
        return f"{self.kind}:{self.ref}:{self.stage}:{self.part}"

    @property
    def path(self) -> str:
        """Of the page where it is done."""
        if self.kind == "review":
            return "/reviews"
        return f"/labs/{self.ref}" if self.kind == "build" else f"/skills/{self.ref}"

    @property
    def part_of(self) -> str:
        """`2 of 3`, or nothing for a session that is whole."""
        return f"{self.part} of {self.parts}" if self.parts > 1 else ""


class Wish(msgspec.Struct, frozen=True):
    """A session on the day to which the learner moved it.

    It is known by what it is about and by the minutes of that which come before and after it, not by its number: the
    plan may cut the rest otherwise. What is done of it comes off its front.
    """

    kind: SessionKind
    ref: str
    stage: int
    day: date
    minutes: int
    before: int = 0
    """Minutes of the same lesson, drills or stage that were still to come before it."""
    after: int = 0
    """And after it."""

    @property
    def thing(self) -> str:
        return f"{self.kind}:{self.ref}:{self.stage}"


class Due(msgspec.Struct, frozen=True):
    """A skill or lab, or a lab up to a stage, that somebody wants done by a day."""

    id: str
    """Of the assignment; those of several skills have the same."""
    ref: str
    day: date
    name: str
    by: str
    """Who assigned it, as it is shown."""
    stage: int = 0
    """Of a lab: it and those before it are due; 0 for all."""


class DueOn(msgspec.Struct, frozen=True):
    """What is due on a day."""

    id: str
    name: str
    by: str
    done: bool = False
    ends: date | None = None
    """When the plan has it done; None when it is, or when the plan does not get there."""


class Broken(msgspec.Struct, frozen=True):
    """Why a wish is not kept on its day."""

    why: Literal["off", "full", "needs", "missed", "long"]
    kind: SessionKind
    ref: str
    title: str
    day: date
    """The day that was wished for."""
    text: str
    minutes: int = 0
    """full: so many more would do."""
    needs: str = ""
    """needs: the skill or lab that comes first; the wish's own if it is an earlier part."""
    stage: int = 0


class Day(msgspec.Struct, frozen=True):
    date: date
    available: int
    sessions: tuple[Session, ...] = ()
    due: tuple[DueOn, ...] = ()

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
    reviews_a_day: int = 0
    """At most so many on one day, also where a third of it would take more; 0 for no such limit."""
    reviewed: int | None = None
    """How many were answered today; None to judge by their minutes in the history."""
    deadline: date | None = None
    """The last day, included."""
    drop_optional: bool = False
    pace: float = 1.0
    """The learner's own time divided by the estimate."""
    spread: float = 0.15
    """How far the pace may be off, as a share of it."""
    history: tuple[Day, ...] = ()
    """What was done, by day, up to today: sessions with `done`. Never moved."""
    wishes: tuple[Wish, ...] = ()
    dues: tuple[Due, ...] = ()


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

    @property
    def possible(self) -> bool:
        """Whether there is anything to take."""
        return self.end is not None or self.minutes > 0


class PlanWarning(msgspec.Struct, frozen=True):
    kind: Literal["deadline", "reviews", "wish", "due"]
    """due: work that was assigned and cannot be done by its day."""
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
    due: int = 0
    """Reviews that are due on the first day, those that the plan puts off included."""
    broken: tuple[Broken, ...] = ()
    """Wishes that could not be kept, each with the reason."""
