"""The nouns of cohorts. Days are calendar days, moments are in UTC."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Literal

import msgspec

Kind = Literal["lab", "stage", "skills"]
LONGEST_NAME = 80
LONGEST_COMMENT = 10_000
LONGEST_WHY = 1_000
MOST_ASSIGNMENTS = 100
"""In one cohort at a time."""
MOST_SKILLS = 40
"""In one assignment."""
MOST_MINUTES_A_WEEK = 6_720
MOST_USES = 10_000
MOST_DAYS_VALID = 365
LONGEST_COHORT = 1_096
"""Days: three years."""
STUCK_RUNS = 3
"""So many runs in which the same check failed, and none since in which it passed: stuck on it."""
IDLE_DAYS = 7
"""So many days without anything passed, while behind the dates: stuck."""
BEHIND = 10
"""Percentage points of the road by which a learner may be behind the cohort's dates before it counts."""


class Cohort(msgspec.Struct, frozen=True):
    id: str
    name: str
    road: str
    start: date
    end: date
    """The last day, included."""
    created_at: datetime
    minutes_a_week: int = 0
    """What is expected of a learner; 0: nothing is said."""
    archived_at: datetime | None = None

    def expected(self, today: date) -> int:
        """Per cent of its days that are over before today."""
        whole = (self.end - self.start).days + 1
        return max(0, min(100, round(100 * (today - self.start).days / whole)))


class Member(msgspec.Struct, frozen=True):
    """A learner of a cohort."""

    cohort: str
    learner: str
    name: str
    joined_at: datetime
    left_at: datetime | None = None
    removed: bool = False
    """They did not leave by themselves."""


class Instructor(msgspec.Struct, frozen=True):
    person: str
    name: str
    added_at: datetime


class Invitation(msgspec.Struct, frozen=True):
    """A link by which learners join. Its token is shown once; what is kept is the token's SHA-256."""

    id: str
    cohort: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    uses: int
    """How many may join by it."""
    used: int = 0
    revoked_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and self.used < self.uses and now < self.expires_at


class Assignment(msgspec.Struct, frozen=True):
    """Work that is due on a day. `checks` and `skills` are what must be done, taken from the content."""

    id: str
    cohort: str
    kind: Kind
    title: str
    deadline: date
    created_by: str
    created_at: datetime
    lab: str = ""
    """Of a lab or a stage."""
    stage: int = 0
    """Number from 1 of a stage: it and those before it are due. 0 for everything else."""
    skills: tuple[str, ...] = ()


class Assigned(msgspec.Struct, frozen=True):
    """An assignment as one of its learners meets it."""

    assignment: Assignment
    cohort_name: str


class Comment(msgspec.Struct, frozen=True):
    """What an instructor says of a run. With a `check`, it is about that check of it."""

    id: str
    cohort: str
    learner: str
    run: str
    check: str
    author: str
    author_name: str
    text: str
    at: datetime
    seen_at: datetime | None = None
    """When the learner opened the run after it."""


class LabContent(msgspec.Struct, frozen=True):
    title: str
    stages: tuple[tuple[str, ...], ...]
    """The refs of each stage's checks, `lab/check id`."""
    minutes: tuple[int, ...]
    """Of each stage."""


class Content(msgspec.Struct, frozen=True):
    """What cohorts need to know of the curriculum and the labs."""

    skills: Mapping[str, tuple[str, int]]
    """Id -> (title, minutes)."""
    labs: Mapping[str, LabContent]
    roads: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    """Id -> (its skills, its labs), in order."""
