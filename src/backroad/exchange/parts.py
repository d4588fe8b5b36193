"""Which tables are in an export, and which are not."""

from collections.abc import Callable
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Table, select

from backroad.accounts.store import learner_table
from backroad.exchange import rules
from backroad.exchange.rows import (
    AccountRow,
    ActivityRow,
    AuditRow,
    CardRow,
    EvidenceRow,
    InterviewRow,
    LabStartRow,
    NoteRow,
    PlacementRow,
    PlanRow,
    Row,
    RunEventRow,
    RunRow,
    SessionRow,
    SettingsRow,
    WishRow,
)
from backroad.identity.audit import audit_table
from backroad.identity.store import person_table, session_table
from backroad.interview.store import interview_table
from backroad.labs.store import event_table, run_table, start_table
from backroad.notes.store import note_table
from backroad.placement.store import placement_table
from backroad.planner.store import snapshot_table, wish_table
from backroad.progress.store import activity_table, card_table, evidence_table


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
    rule: Callable[[Any], str] = rules.none
    """What is wrong with a row of the right types, in msgspec's words or as "field: reason"; empty if nothing is."""


SETTINGS = Part("settings", learner_table, SettingsRow, ())
EVIDENCE = Part("evidence", evidence_table, EvidenceRow, ("id",), rule=rules.evidence)
RUNS = Part("runs", run_table, RunRow, ("id",), rule=rules.run)
RUN_EVENTS = Part("run-events", event_table, RunEventRow, ("run", "number"), rule=rules.event)
PARTS = (
    SETTINGS,
    EVIDENCE,
    Part("activity", activity_table, ActivityRow, ("id",)),
    Part("cards", card_table, CardRow, ("skill", "ref"), derived=True),
    Part("plans", snapshot_table, PlanRow, ("day",), rule=rules.plan),
    Part("wishes", wish_table, WishRow, ("kind", "ref", "stage", "day")),
    Part("placements", placement_table, PlacementRow, ("id",), rule=rules.placement),
    Part("interviews", interview_table, InterviewRow, ("id",), rule=rules.interview),
    Part("labs", start_table, LabStartRow, ("lab",)),
    RUNS,
    RUN_EVENTS,
    Part("notes", note_table, NoteRow, ("id",), as_files=True, rule=rules.note),
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
