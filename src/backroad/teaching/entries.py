"""What the API says of cohorts, and what it takes."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from backroad.cohorts import figures
from backroad.cohorts.decisions import Decided
from backroad.cohorts.model import (
    LONGEST_COMMENT,
    LONGEST_NAME,
    LONGEST_WHY,
    MOST_DAYS_VALID,
    MOST_MINUTES_A_WEEK,
    MOST_SKILLS,
    MOST_USES,
    Assignment,
    Cohort,
    Comment,
    Instructor,
    Invitation,
    Kind,
)
from backroad.progress.model import Evidence, Level, Outcome, Provenance, Source

Name = Annotated[str, Meta(min_length=1, max_length=LONGEST_NAME)]
MinutesAWeek = Annotated[int, Meta(ge=0, le=MOST_MINUTES_A_WEEK, description="Expected of a learner; 0: nothing is.")]
Why = Annotated[str, Meta(min_length=1, max_length=LONGEST_WHY, description="The learner reads it.")]
Id = Annotated[str, Meta(min_length=1, max_length=100)]


class CohortEntry(msgspec.Struct):
    id: str
    name: str
    road: str
    start: date
    end: date
    """The last day, included."""
    minutes_a_week: int
    created_at: datetime
    archived_at: datetime | None
    role: Literal["instructor", "member"]
    """Yours. An admin is an instructor of every cohort."""
    instructors: list[str]
    """Their names."""
    learners: int | None
    """How many; for instructors alone."""


def cohort_entry(cohort: Cohort, instructors: Sequence[Instructor], learners: int, *, instructs: bool) -> CohortEntry:
    return CohortEntry(
        cohort.id,
        cohort.name,
        cohort.road,
        cohort.start,
        cohort.end,
        cohort.minutes_a_week,
        cohort.created_at,
        cohort.archived_at,
        "instructor" if instructs else "member",
        [one.name for one in instructors],
        learners if instructs else None,
    )


class NewCohort(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    start: date
    end: date
    road: Id = "canonical"
    minutes_a_week: MinutesAWeek = 0


class CohortChange(msgspec.Struct, forbid_unknown_fields=True):
    name: Name | msgspec.UnsetType = msgspec.UNSET
    road: Id | msgspec.UnsetType = msgspec.UNSET
    start: date | msgspec.UnsetType = msgspec.UNSET
    end: date | msgspec.UnsetType = msgspec.UNSET
    minutes_a_week: MinutesAWeek | msgspec.UnsetType = msgspec.UNSET
    archived: bool | msgspec.UnsetType = msgspec.UNSET


class NewInstructor(msgspec.Struct, forbid_unknown_fields=True):
    email: Annotated[str, Meta(min_length=1, max_length=254)]


class NewInvitation(msgspec.Struct, forbid_unknown_fields=True):
    days: Annotated[int, Meta(ge=1, le=MOST_DAYS_VALID)] = 14
    uses: Annotated[int, Meta(ge=1, le=MOST_USES)] = 30


class InvitationEntry(msgspec.Struct):
    id: str
    created_at: datetime
    expires_at: datetime
    uses: int
    used: int
    revoked_at: datetime | None
    open: bool
    """Whether somebody can still join by it."""


class InvitationMade(InvitationEntry):
    link: str = ""
    """Shown this once: it is not kept."""


def invitation_entry(one: Invitation, now: datetime) -> InvitationEntry:
    return InvitationEntry(one.id, one.created_at, one.expires_at, one.uses, one.used, one.revoked_at, one.is_open(now))


class Joining(msgspec.Struct, forbid_unknown_fields=True):
    token: Annotated[str, Meta(min_length=1, max_length=100, description="What stands last in the link.")]
    follow_road: bool = False
    """Take up the cohort's road, and its last day as deadline where you have none."""


class NewAssignment(msgspec.Struct, forbid_unknown_fields=True):
    kind: Kind
    deadline: date
    lab: Annotated[str, Meta(max_length=80, description="Of the kinds `lab` and `stage`.")] = ""
    stage: Annotated[int, Meta(ge=0, le=99, description="Of the kind `stage`: it and those before it.")] = 0
    skills: Annotated[list[Id], Meta(max_length=MOST_SKILLS)] = []
    title: Annotated[str, Meta(max_length=LONGEST_NAME, description="Empty: what is to be done.")] = ""


class AssignmentChange(msgspec.Struct, forbid_unknown_fields=True):
    deadline: date | None = None
    title: Name | None = None


class AssignmentEntry(msgspec.Struct):
    id: str
    kind: Kind
    title: str
    deadline: date
    lab: str
    stage: int
    skills: list[str]
    created_at: datetime
    done: int
    """How many learners have done it; for a member, 1 or 0: whether they have."""


def assignment_entry(one: Assignment, done: int) -> AssignmentEntry:
    return AssignmentEntry(
        one.id, one.kind, one.title, one.deadline, one.lab, one.stage, list(one.skills), one.created_at, done
    )


class LearnerEntry(msgspec.Struct):
    learner: str
    name: str
    joined_at: datetime
    done: int
    """Per cent of the road."""
    expected: int
    """Per cent of the cohort's days that are over."""
    week_minutes: int
    """Spent in the last seven days."""
    active_at: datetime | None
    stuck_on: int
    """Checks that failed in three runs or more and have not passed since."""
    overdue: int
    """Assignments whose day is over and that are not done."""
    behind: bool
    stuck: bool


def learner_entry(row: figures.Row, expected: int) -> LearnerEntry:
    return LearnerEntry(
        row.learner,
        row.name,
        row.joined_at,
        row.done,
        expected,
        row.week_minutes,
        row.active_at,
        row.stuck_on,
        row.overdue,
        row.behind,
        row.stuck,
    )


class SkillEntry(msgspec.Struct):
    skill: str
    level: Level
    fading: bool
    last_at: datetime | None
    proven_by: list[str]
    failing: list[str]


class LearnerPage(LearnerEntry):
    skills: list[SkillEntry] = []
    """Those with evidence."""
    assignments: list[AssignmentEntry] = []


class StandingRow(msgspec.Struct):
    learner: str
    name: str
    skills: dict[str, Level]
    """Of those that were asked for; one without evidence is left out, and is new."""


class StuckEntry(msgspec.Struct):
    learner: str
    name: str
    check: str
    """`lab/check id`."""
    runs: int
    since: datetime


class CheckEntry(msgspec.Struct):
    check: str
    stage: int
    tried: int
    """Learners."""
    passed: int
    failed: int
    runs: int
    """In which it was judged, of all learners together."""


class StageEntry(msgspec.Struct):
    number: int
    finished: int
    """Learners."""
    checks: list[CheckEntry]


class LabFigures(msgspec.Struct):
    lab: str
    learners: int
    stages: list[StageEntry]


class EvidenceLine(msgspec.Struct):
    id: str
    skill: str
    source: Source
    ref: str
    outcome: Outcome
    provenance: Provenance
    at: datetime
    by: str
    """The instructor's name, of a decision."""
    why: str
    revokes: str
    """The decision that this line takes back."""


def evidence_line(item: Evidence) -> EvidenceLine:
    said: dict[str, Any] = item.detail if item.source == item.provenance == "instructor" else {}
    by, why, revokes = (str(said.get(name, "")) for name in ("name", "why", "revokes"))
    return EvidenceLine(
        item.id, item.skill, item.source, item.ref, item.outcome, item.provenance, item.at, by, why, revokes
    )


class NewComment(msgspec.Struct, forbid_unknown_fields=True):
    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_COMMENT, description="Markdown")]
    check: Annotated[str, Meta(max_length=200, description="Id of a check of the run; empty: the run.")] = ""


class CommentEntry(msgspec.Struct):
    id: str
    check: str
    author: str
    """Their name."""
    text: str
    at: datetime
    seen_at: datetime | None


def comment_entry(one: Comment) -> CommentEntry:
    return CommentEntry(one.id, one.check, one.author_name, one.text, one.at, one.seen_at)


class NewDecision(msgspec.Struct, forbid_unknown_fields=True):
    skill: Id
    outcome: Decided
    why: Why
    about: Annotated[str, Meta(max_length=64, description="A line of evidence that it accepts or overrides.")] = ""


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    skill: Id
    why: Why
