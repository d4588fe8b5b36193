"""What an export holds: the file's format, and which tables are in it.

The row types here are the file's, not the features': a feature may change its nouns, an old file stays as it is.
A field that is added later needs a default, or a new FORMAT with an upgrade (see `read.UPGRADES`); a new part needs
a new FORMAT, so that an older Backroad says that it is too old for the file.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import ColumnElement, Table, select

from backroad.accounts.model import RETENTION, REVIEWS_A_DAY, STUDY_FROM
from backroad.accounts.store import learner_table
from backroad.curriculum.model import Language
from backroad.drills.answers import LONGEST_PROGRAM
from backroad.drills.model import Result
from backroad.identity.audit import audit_table
from backroad.identity.store import person_table, session_table
from backroad.interview.model import MOST_QUESTIONS as MOST_ASKED
from backroad.interview.model import Length, Level, Topic
from backroad.interview.store import interview_table
from backroad.kit.clock import local_day
from backroad.labs.model import RunState
from backroad.labs.store import event_table, run_table, start_table
from backroad.notes.marks import CLOSE, OPEN
from backroad.notes.model import LONGEST, PlaceKind
from backroad.notes.store import note_table
from backroad.placement.choose import MOST_QUESTIONS
from backroad.placement.store import placement_table
from backroad.planner.model import Plan
from backroad.planner.store import snapshot_table, wish_table
from backroad.progress.model import ActivityKind, Outcome, Provenance, Source
from backroad.progress.store import activity_table, card_table, evidence_table

FORMAT = 4
MANIFEST = "manifest.json"

Id = Annotated[str, msgspec.Meta(pattern=r"\A[0-9A-Za-z._:-]+\Z")]
Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file in the archive."""

    name: str
    part: str
    rows: Count
    bytes: Count
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: int = FORMAT
    learner: str
    """Whose rows these were. Imported, they become the importing learner's."""
    exported_at: Moment
    version: str
    """Of the Backroad that wrote the file."""
    counts: dict[str, Count]
    """Part -> rows."""
    members: tuple[Member, ...]


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


def _no_rule(_row: Any) -> str:
    return ""


def _evidence_rule(row: EvidenceRow) -> str:
    try:
        msgspec.json.encode(row.detail)  # as deriving the standing does
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return "detail: a text or number that cannot be kept"
    return "" if row.ref else "ref: empty"


def _plan_rule(row: PlanRow) -> str:
    try:
        msgspec.json.decode(row.plan, type=Plan)
    except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError):
        return "plan: not a plan"
    return ""


class _Given(msgspec.Struct, forbid_unknown_fields=True):
    drill: Annotated[str, msgspec.Meta(max_length=200)]
    skill: Annotated[str, msgspec.Meta(max_length=100)]
    right: bool
    guess: Annotated[float, msgspec.Meta(ge=0, le=1)]
    at: Moment
    seconds: Seconds


def _placement_rule(row: PlacementRow) -> str:
    if len(row.answers) > MOST_QUESTIONS:
        return f"answers: {len(row.answers)}, where a placement asks at most {MOST_QUESTIONS} questions"
    try:
        for answer in msgspec.convert(row.answers, list[_Given]):
            f"{answer.drill}{answer.skill}".encode()
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        return f"{what} - at `$.answers{path or '`'}"
    except UnicodeEncodeError:
        return "answers: half of a character"
    return ""


class _Terms(msgspec.Struct, forbid_unknown_fields=True):
    level: Level
    areas: list[str]
    minutes: Length
    coding: bool


class _Asked(msgspec.Struct, forbid_unknown_fields=True):
    drill: Annotated[str, msgspec.Meta(max_length=200)]
    skill: Annotated[str, msgspec.Meta(max_length=100)]
    topic: Topic
    seconds: Count
    asked_at: Moment | None
    answered_at: Moment | None
    skipped: bool
    text: Annotated[str, msgspec.Meta(max_length=LONGEST_PROGRAM)]
    result: Result | None
    points: list[str] | None
    most: Count


def _interview_rule(row: InterviewRow) -> str:
    if not 0 < len(row.questions) <= MOST_ASKED:
        return f"questions: {len(row.questions)}, where an interview asks 1 to {MOST_ASKED}"
    for name, kind, value in (("terms", _Terms, row.terms), ("questions", list[_Asked], row.questions)):
        try:
            msgspec.json.encode(msgspec.convert(value, kind))
        except msgspec.ValidationError as error:
            what, _, path = str(error).partition(" - at `$")
            return f"{what} - at `$.{name}{path or '`'}"
        except UnicodeEncodeError:
            return f"{name}: half of a character"
    return ""


class _Check(msgspec.Struct):
    id: str
    claim: str
    verdict: str
    seconds: float
    proves: list[str] = []
    reason: str = ""
    finding: dict[str, Any] | None = None


class _Stage(msgspec.Struct):
    title: str
    checks: list[_Check]


class _Report(msgspec.Struct):
    """As much of a report as its pages rely on (docs/report.md)."""

    summary: dict[str, int]
    stages: list[_Stage]


def _run_rule(row: RunRow) -> str:
    if row.report is None:
        return "report: missing, though the run is finished" if row.state == "finished" else ""
    try:
        msgspec.convert(row.report, _Report)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        return f"{what} - at `$.report{path or '`'}"
    return ""


def _event_rule(row: RunEventRow) -> str:
    return "" if isinstance(row.event.get("event"), str) else "event: does not say what happened"


def _note_rule(row: NoteRow) -> str:
    """What the editor would refuse, and the marks that the search puts around what it found."""
    if not row.text.strip():
        return "the note is empty"
    if len(row.text) > LONGEST:
        return f"the note has {len(row.text):,} characters; at most {LONGEST:,} fit"
    return "the note holds a control character" if {OPEN, CLOSE, "\x00"} & set(row.text) else ""


class Part(msgspec.Struct, frozen=True):
    """The rows of one table that belong to one learner."""

    name: str
    """Word for it in the manifest and name of its member."""
    table: Table
    row: type[Row]
    keys: tuple[str, ...]
    """What tells two rows of a learner apart, and the order in the file."""
    as_files: bool = False
    """A file a row, in Markdown."""
    derived: bool = False
    """Exported for readers, not imported: it follows from other rows."""
    rule: Callable[[Any], str] = _no_rule
    """What is wrong with a row of the right types, in msgspec's words or as "field: reason"; empty if nothing is."""


SETTINGS = Part("settings", learner_table, SettingsRow, ())
EVIDENCE = Part("evidence", evidence_table, EvidenceRow, ("id",), rule=_evidence_rule)
RUNS = Part("runs", run_table, RunRow, ("id",), rule=_run_rule)
RUN_EVENTS = Part("run-events", event_table, RunEventRow, ("run", "number"), rule=_event_rule)
PARTS = (
    SETTINGS,
    EVIDENCE,
    Part("activity", activity_table, ActivityRow, ("id",)),
    Part("cards", card_table, CardRow, ("skill", "ref"), derived=True),
    Part("plans", snapshot_table, PlanRow, ("day",), rule=_plan_rule),
    Part("wishes", wish_table, WishRow, ("kind", "ref", "stage", "day")),
    Part("placements", placement_table, PlacementRow, ("id",), rule=_placement_rule),
    Part("interviews", interview_table, InterviewRow, ("id",), rule=_interview_rule),
    Part("labs", start_table, LabStartRow, ("lab",)),
    RUNS,
    RUN_EVENTS,
    Part("notes", note_table, NoteRow, ("id",), as_files=True, rule=_note_rule),
)
"""In the order of import: runs come before their events."""

ACCOUNT = Part("account", person_table, AccountRow, ("id",), derived=True)
SESSIONS = Part("sessions", session_table, SessionRow, ("id",), derived=True)
AUDIT = Part("audit", audit_table, AuditRow, ("at", "id"), derived=True)
ABOUT = (ACCOUNT, SESSIONS, AUDIT)
"""What a server knows of the account itself, for its owner to read: no import looks at it."""

LEFT_OUT = {
    "standing": "derived from evidence; rebuilt after an import",
    "verdict": "derived from evidence; rebuilt after an import",
    "memory": "derived from evidence; rebuilt after an import",
    "touched": "numbers that say whether kept answers still hold",
    "alembic_version": "the schema's own, not a learner's",
    "person": "the account of a server; exported to be read, never taken in",
    "session": "where somebody is signed in, on one server; exported to be read",
    "mailed": "links that were mailed, on one server",
    "audit": "the log of one server; exported to be read",
    "token": "lets programs in, at one server",
    "family": "programs that were let in, at one server",
    "refresh": "lets programs in, at one server",
    "code": "sign-ins of programs that were begun, for a minute",
    "device": "sign-ins of programs that were begun, for some minutes",
    "signing_key": "what one server signs with",
    "foreign_identity": "which account of another site signs in, at one server",
    "errand": "sign-ins through another site that were begun, for some minutes",
    "credential_key": "what one issuer signs with",
    "credential": "downloaded one by one; taking them in could undo that one was revoked",
    "status_place": "which bit tells that a credential is revoked, of one issuer",
    "lti_platform": "learning platforms that one server is registered with",
    "lti_state": "launches that were begun, for ten minutes",
    "lti_link": "where grades go, from one server to one platform",
    "cohort": "of one server, and not one learner's",
    "cohort_instructor": "of one server; taking it in could let somebody in",
    "cohort_member": "of one server; taking it in could let somebody in",
    "invitation": "links of one server",
    "assignment": "of a cohort",
    "run_comment": "an instructor's words, on one server; taking them in could put words into their mouth",
    "submission": "what waits at one server to be graded; what came of it is in the runs and the evidence",
    "grading": "the queue of one server, shared by all who handed in the same",
    "grading_turn": "the queue of one server",
    "grader": "workers of one server",
    "upload": "folders that learners have themselves; kept for a month, shared by all who handed in the same",
    "idempotency": "answers that are kept for a day, for requests that are sent again",
}
"""Tables that are deliberately not exported, and why. So is every `note_search*`, the full-text index."""


def owned(part: Part, learner: str) -> ColumnElement[bool]:
    """Which rows of the part's table are the learner's."""
    columns = part.table.c
    if part is SETTINGS:
        return columns.id == learner
    if part in ABOUT:
        whose = {ACCOUNT.name: "id", SESSIONS.name: "person", AUDIT.name: "subject"}
        return columns[whose[part.name]] == learner
    if part is RUN_EVENTS:
        return columns.run.in_(select(run_table.c.id).where(run_table.c.learner == learner))
    return columns.learner == learner


def file_name(now: datetime) -> str:
    """What an export is called if nobody says: after the learner's day."""
    return f"backroad-{local_day(now)}.zip"
