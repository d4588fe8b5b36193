"""The rows of an export. These types are the file's, not the features': a feature may change its nouns, an old file
stays as it is. A field that is added later needs a default, or a new `manifest.FORMAT` with an upgrade.
"""

from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from backroad.accounts.model import RETENTION, REVIEWS_A_DAY, STUDY_FROM
from backroad.curriculum.model import Language
from backroad.labs.model import RunState
from backroad.notes.model import PlaceKind
from backroad.progress.model import ActivityKind, Outcome, Provenance, Source

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z._:-]+\Z")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as the file has it: every column of its table but whose it is."""


class SettingsRow(Row, frozen=True):
    road: str
    language: Language
    minutes: tuple[int, int, int, int, int, int, int]
    start: date
    created_at: Moment
    days_off: list[date]
    deadline: date | None
    drop_optional: bool
    study_from: str = STUDY_FROM
    retention: int = RETENTION
    reviews_a_day: int = REVIEWS_A_DAY
    calendar_token: str = ""


class EvidenceRow(Row, frozen=True):
    id: Id
    skill: str
    source: Source
    ref: str
    outcome: Outcome
    at: Moment
    seconds: Seconds
    provenance: Provenance
    content_hash: str
    seed: str
    detail: dict[str, Any]


class ActivityRow(Row, frozen=True):
    id: Id
    kind: ActivityKind
    ref: str
    at: Moment
    day: date
    seconds: Seconds


class CardRow(Row, frozen=True):
    """What FSRS remembers of a drill, for other programs; here it is derived again from the evidence."""

    skill: str
    ref: str
    due: date
    last_at: Moment
    stability: float
    difficulty: float
    outcome: Outcome
    gaps: list[int]
    lapses: int = 0


class PlanRow(Row, frozen=True):
    """The plan as it was shown on a day."""

    day: date
    made_at: Moment
    plan: str
    """JSON of `planner.model.Plan`."""


class WishRow(Row, frozen=True):
    """Where the learner wants a session of the plan."""

    kind: Literal["learn", "drill", "build"]
    ref: str
    stage: Count
    day: date
    minutes: Annotated[int, msgspec.Meta(ge=1, le=1440)]
    before: Count
    after: Count


class PlacementRow(Row, frozen=True):
    id: Id
    started_at: Moment
    ended_at: Moment | None
    answers: list[dict[str, Any]]
    """Each what `_Given` says."""
    never: list[Id] | None = None


class InterviewRow(Row, frozen=True):
    id: Id
    started_at: Moment
    ended_at: Moment | None
    terms: dict[str, Any]
    """What `_Terms` says."""
    said: str
    questions: list[dict[str, Any]]
    """Each what `_Asked` says."""


class LabStartRow(Row, frozen=True):
    lab: str
    folder: str
    language: str
    at: Moment


class RunRow(Row, frozen=True):
    id: Id
    lab: str
    folder: str
    seed: str
    state: RunState
    started_at: Moment
    ended_at: Moment | None
    said: str
    whole: bool
    report: dict[str, Any] | None


class RunEventRow(Row, frozen=True):
    run: Id
    number: Annotated[int, msgspec.Meta(ge=1)]
    event: dict[str, Any]


class NoteRow(Row, frozen=True):
    id: Id
    kind: PlaceKind
    ref: str
    created_at: Moment
    changed_at: Moment
    text: str


class AccountRow(Row, frozen=True):
    id: str
    email: str
    name: str
    role: str
    created_at: Moment
    verified_at: Moment | None


class SessionRow(Row, frozen=True):
    id: str
    """The fingerprint of what the browser carries, with which nobody comes in."""
    created_at: Moment
    seen_at: Moment
    expires_at: Moment
    agent: str
    address: str


class AuditRow(Row, frozen=True):
    id: str
    at: Moment
    action: str
    detail: dict[str, Any]
    address: str
