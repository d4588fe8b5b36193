"""What a row of the right types must also be: each says what is wrong, in msgspec's words or as "field: reason", and
nothing if nothing is.
"""

from typing import Annotated, Any

import msgspec

from backroad.drills.answers import LONGEST_PROGRAM
from backroad.drills.model import Result
from backroad.exchange.rows import (
    Count,
    EvidenceRow,
    InterviewRow,
    Moment,
    NoteRow,
    PlacementRow,
    PlanRow,
    RunEventRow,
    RunRow,
    Seconds,
)
from backroad.interview.model import MOST_QUESTIONS as MOST_ASKED
from backroad.interview.model import Length, Level, Topic
from backroad.notes.marks import CLOSE, OPEN
from backroad.notes.model import LONGEST
from backroad.placement.choose import MOST_QUESTIONS
from backroad.planner.model import Plan


def none(_row: Any) -> str:
    return ""


def evidence(row: EvidenceRow) -> str:
    try:
        msgspec.json.encode(row.detail)  # as deriving the standing does
    except (UnicodeEncodeError, OverflowError, RecursionError):
        return "detail: a text or number that cannot be kept"
    return "" if row.ref else "ref: empty"


def plan(row: PlanRow) -> str:
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


def placement(row: PlacementRow) -> str:
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


def interview(row: InterviewRow) -> str:
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


def run(row: RunRow) -> str:
    if row.report is None:
        return "report: missing, though the run is finished" if row.state == "finished" else ""
    try:
        msgspec.convert(row.report, _Report)
    except msgspec.ValidationError as error:
        what, _, path = str(error).partition(" - at `$")
        return f"{what} - at `$.report{path or '`'}"
    return ""


def event(row: RunEventRow) -> str:
    return "" if isinstance(row.event.get("event"), str) else "event: does not say what happened"


def note(row: NoteRow) -> str:
    """What the editor would refuse, and the marks that the search puts around what it found."""
    if not row.text.strip():
        return "the note is empty"
    if len(row.text) > LONGEST:
        return f"the note has {len(row.text):,} characters; at most {LONGEST:,} fit"
    return "the note holds a control character" if {OPEN, CLOSE, "\x00"} & set(row.text) else ""
