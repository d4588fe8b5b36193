"""The nouns of progress."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Literal

import msgspec

Source = Literal["drill", "check", "review", "placement", "instructor"]
Outcome = Literal["passed", "failed", "unclear"]
Provenance = Literal["self-run", "supervised", "instructor"]
Level = Literal["new", "learning", "practised", "proven"]
ActivityKind = Literal["learn", "drill", "build", "review"]


class NewEvidence(msgspec.Struct, frozen=True, kw_only=True):
    """Evidence as features hand it over; what is left empty is filled in when it is recorded."""

    skill: str
    """Empty for a check that proves no skill: kept, but it moves no standing."""
    source: Source
    ref: str
    """Full drill id, or `lab/check id`."""
    outcome: Outcome
    id: str = ""
    at: datetime | None = None
    seconds: float = 0.0
    """Time taken by the learner; for a check, by the check."""
    provenance: Provenance = "self-run"
    content_hash: str = ""
    seed: str = ""
    detail: dict[str, Any] = {}
    """Known keys: `estimate` (seconds a drill should take), `self_graded` (by the learner: no standing rests on it),
    `run` and `lab` of a check."""


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the ledger. Never changed, never deleted."""

    id: str
    learner: str
    skill: str
    source: Source
    ref: str
    outcome: Outcome
    at: datetime
    seconds: float = 0.0
    provenance: Provenance = "self-run"
    content_hash: str = ""
    seed: str = ""
    detail: dict[str, Any] = {}


class Facts(msgspec.Struct, frozen=True):
    """What standing needs to know of the content."""

    drills: Mapping[str, int] = {}
    """Skill -> how many drills it has."""
    checks: Mapping[str, tuple[str, ...]] = {}
    """Skill -> refs of the checks that prove it, `lab/check id`."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What evidence says of a skill."""

    skill: str
    level: Level
    fading: bool = False
    retrievability: float | None = None
    """Mean chance to remember the skill's drills now, 0 to 1; None before the first drill."""
    passed: int = 0
    failed: int = 0
    """Lines of evidence with that outcome."""
    answered: int = 0
    """Different drills answered."""
    right: int = 0
    """Those of them whose last answer was right."""
    last_at: datetime | None = None
    proven_by: tuple[str, ...] = ()
    """`lab:<slug>`, `reviews`, `instructor`."""
    failing: tuple[str, ...] = ()
    """Refs of checks that failed the last time they could judge."""
    placed: bool = False
    """The last placement credits the skill as probable, and no later miss speaks against it."""


class Card(msgspec.Struct, frozen=True, kw_only=True):
    """What FSRS remembers of one drill."""

    ref: str
    skill: str
    due: date
    """The learner's calendar day."""
    last_at: datetime
    stability: float
    """Days until the chance to remember falls to 90 %."""
    difficulty: float
    """1 to 10."""
    outcome: Outcome
    """Of the last answer."""
    gaps: tuple[int, ...] = ()
    """Days from `due` to the review after it, and so on, if each is answered right on its day."""
    lapses: int = 0
    """How often a review of it was answered wrong."""


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """By what a learner's cards are made: what they aim at, and what their own reviews say."""

    retention: int = 90
    """Chance in per cent to remember a drill on the day of its review."""
    scale: float = 1.0
    """How long they remember what is new, as a multiple of what FSRS expects of anyone."""
    reviews: int = 0
    """Answered reviews so far."""
    gaps: tuple[int, ...] = (2, 13, 59, 222, 719)
    """Days after drilling on which a new drill comes back if it is answered right each time."""


class HeldBack(msgspec.Struct, frozen=True):
    """Reviews that are due, beyond those that the settings allow in a day."""

    count: int
    by: date
    """The day on which the last of them is asked."""
    most: int
    """So many a day."""
    nothing_more: bool
    """Today's are all answered."""


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """Time spent on a skill or a lab."""

    id: str
    kind: ActivityKind
    ref: str
    at: datetime
    day: date
    """The learner's calendar day of `at`, where they were."""
    seconds: float
