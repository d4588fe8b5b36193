"""What an export holds: the file's format, and which tables are in it.

The row types here are the file's, not the features': a feature may change its nouns, an old file stays as it is.
A field that is added later needs a default, or a new FORMAT with an upgrade (see `read.UPGRADES`); a new part needs
a new FORMAT, so that an older Backroad says that it is too old for the file.
"""

from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any

import msgspec
from sqlalchemy import ColumnElement, Table, select

from backroad.accounts.store import learner_table
from backroad.curriculum.model import Language
from backroad.kit.clock import local_day
from backroad.labs.model import RunState
from backroad.labs.store import event_table, run_table, start_table
from backroad.notes.model import LONGEST, PlaceKind
from backroad.notes.store import CLOSE, OPEN, note_table
from backroad.planner.model import Plan
from backroad.planner.store import snapshot_table
from backroad.progress.model import ActivityKind, Outcome, Provenance, Source
from backroad.progress.store import activity_table, card_table, evidence_table

FORMAT = 1
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


class PlanRow(Row, frozen=True):
    """The plan as it was shown on a day."""

    day: date
    made_at: Moment
    plan: str
    """JSON of `planner.model.Plan`."""


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
RUNS = Part("runs", run_table, RunRow, ("id",), rule=_run_rule)
RUN_EVENTS = Part("run-events", event_table, RunEventRow, ("run", "number"), rule=_event_rule)
PARTS = (
    SETTINGS,
    Part("evidence", evidence_table, EvidenceRow, ("id",), rule=_evidence_rule),
    Part("activity", activity_table, ActivityRow, ("id",)),
    Part("cards", card_table, CardRow, ("skill", "ref"), derived=True),
    Part("plans", snapshot_table, PlanRow, ("day",), rule=_plan_rule),
    Part("labs", start_table, LabStartRow, ("lab",)),
    RUNS,
    RUN_EVENTS,
    Part("notes", note_table, NoteRow, ("id",), as_files=True, rule=_note_rule),
)
"""In the order of import: runs come before their events."""

LEFT_OUT = {
    "standing": "derived from evidence; rebuilt after an import",
    "verdict": "derived from evidence; rebuilt after an import",
    "alembic_version": "the schema's own, not a learner's",
}
"""Tables that are deliberately not exported, and why. So is every `note_search*`, the full-text index."""


def owned(part: Part, learner: str) -> ColumnElement[bool]:
    """Which rows of the part's table are the learner's."""
    columns = part.table.c
    if part is SETTINGS:
        return columns.id == learner
    if part is RUN_EVENTS:
        return columns.run.in_(select(run_table.c.id).where(run_table.c.learner == learner))
    return columns.learner == learner


def file_name(now: datetime) -> str:
    """What an export is called if nobody says: after the learner's day."""
    return f"backroad-{local_day(now)}.zip"
