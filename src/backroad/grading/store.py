"""Submissions, gradings, uploads and graders.

Rows are locked with FOR UPDATE on PostgreSQL; SQLAlchemy leaves that out for SQLite, where a transaction that may write
has the whole file. Either way a grading is ended by comparing its attempt, so that it ends once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    case,
    delete,
    func,
    insert,
    select,
    update,
)

from backroad.grading.model import Grading, Submission, Waiting
from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import add_new, put

upload_table = Table(
    "upload",
    metadata,
    Column("content", String(64), primary_key=True),
    Column("data", LargeBinary, nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
grading_table = Table(
    "grading",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("lab", String(80), nullable=False),
    Column("app", String(80), nullable=False),
    Column("content", String(64), nullable=False),
    Column("lab_hash", String(64), nullable=False),
    Column("state", String(10), nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("lost", Integer, nullable=False),
    Column("grader", String(80)),
    Column("until", UtcDateTime),
    Column("lead", String(40)),
    Column("run", String(40)),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime),
    Column("ended_at", UtcDateTime),
    Column("said", Text, nullable=False),
    Column("seed", String(20), nullable=False),
    Column("provenance", String(12), nullable=False),
    Column("report", JSON(none_as_null=True)),
    Index("ix_grading_content", "content", "lab", "lab_hash"),
    Index("ix_grading_state", "state", "until"),
    Index("ix_grading_lab", "lab", "state", "ended_at"),
)
submission_table = Table(
    "submission",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("learner", String(40), nullable=False),
    Column("cohort", String(40)),
    Column("grading", String(40), ForeignKey("grading.id"), nullable=False),
    Column("lab", String(80), nullable=False),
    Column("name", String(200), nullable=False),
    Column("asked_at", UtcDateTime, nullable=False),
    Column("outcome", String(10)),
    Column("ended_at", UtcDateTime),
    Column("said", Text, nullable=False),
    Column("run", String(40)),
    Index("ix_submission_learner", "learner", "asked_at"),
    Index("ix_submission_grading", "grading"),
    Index("ix_submission_outcome", "outcome"),
)
turn_table = Table(
    "grading_turn",
    metadata,
    Column("kind", String(10), primary_key=True),
    Column("name", String(40), primary_key=True),
    Column("at", UtcDateTime, nullable=False),
)
grader_table = Table(
    "grader",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("seen_at", UtcDateTime, nullable=False),
)
g, s = grading_table.c, submission_table.c
_STATE = case((s.outcome.is_not(None), s.outcome), else_=g.state).label("state")
_SUBMISSION = select(
    s.id, s.learner, s.cohort, s.grading, s.lab, s.name, s.asked_at, _STATE, s.ended_at, s.said, s.run, g.content
).join_from(submission_table, grading_table, s.grading == g.id)
_GRADING = select(*(column for column in g if column.name not in ("seed", "provenance", "report")))


def now(tx: Connection) -> datetime:
    """The database's clock, so that leases do not depend on those of the machines. SQLite has only this machine."""
    if tx.dialect.name == "postgresql":
        moment: datetime = tx.execute(select(func.clock_timestamp(type_=UtcDateTime))).scalar_one()
        return moment
    return datetime.now(UTC)


def keep_upload(tx: Connection, content: str, data: bytes, at: datetime) -> None:
    """Once for each content. Whoever hands in the same at the same moment waits here for the other."""
    u = upload_table.c
    while not (
        add_new(tx, upload_table, {"content": content, "data": data, "at": at})
        or tx.execute(update(upload_table).where(u.content == content).values(at=at)).rowcount
    ):
        pass  # it was dropped in between


def read_upload(tx: Connection, content: str) -> bytes | None:
    found = tx.execute(select(upload_table.c.data).where(upload_table.c.content == content)).scalar()
    return bytes(found) if found is not None else None


def drop_uploads(tx: Connection, old: datetime, unwanted: datetime) -> int:
    """Those from before `old` whose gradings have ended before it, and those from before `unwanted` that nobody has a
    grading of any more. How many they were."""
    u = upload_table.c
    needed = select(g.content).where((g.ended_at.is_(None)) | (g.ended_at >= old))
    done = (u.at < old) & u.content.not_in(needed)
    nobodys = (u.at < unwanted) & u.content.not_in(select(g.content))
    return tx.execute(delete(upload_table).where(done | nobodys)).rowcount


def drop_gradings(tx: Connection) -> int:
    """Those of which no submission is left, since an account was deleted; their reports go with them."""
    return tx.execute(delete(grading_table).where(g.id.not_in(select(s.grading)))).rowcount


def newest_grading(tx: Connection, content: str, lab: str, app: str, lab_hash: str) -> tuple[Grading, Any] | None:
    """Of this content by this version of the lab, with its report."""
    found = (
        select(*_GRADING.selected_columns, g.report)
        .where(g.content == content, g.lab == lab, g.app == app, g.lab_hash == lab_hash)
        .order_by(g.asked_at.desc(), g.id.desc())
        .limit(1)
    )
    row = tx.execute(found).mappings().first()
    if row is None:
        return None
    fields = dict(row)
    report = fields.pop("report")
    return Grading(**fields), report


def add_grading(tx: Connection, grading: Grading) -> None:
    fields = {name: getattr(grading, name) for name in grading.__struct_fields__}
    tx.execute(insert(grading_table).values(**fields, seed="", provenance="", report=None))


def read_grading(tx: Connection, grading_id: str, *, lock: bool = False, skip: bool = False) -> Grading | None:
    """With `lock`, nobody else changes it until the end of the transaction; with `skip`, None if somebody does."""
    found = _GRADING.where(g.id == grading_id)
    row = tx.execute(found.with_for_update(skip_locked=skip) if lock else found).mappings().first()
    return Grading(**row) if row else None


def change_grading(tx: Connection, grading_id: str, *conditions: Any, **values: Any) -> bool:
    """Whether it was still as the conditions say, and was changed."""
    return tx.execute(update(grading_table).where(g.id == grading_id, *conditions).values(**values)).rowcount == 1


def overdue(tx: Connection, moment: datetime, most: int = 20) -> list[Grading]:
    """Running ones whose grader has not said anything for too long, locked; those that others look at are left out."""
    found = _GRADING.where(g.state == "running", g.until < moment).order_by(g.until).limit(most)
    return [Grading(**row) for row in tx.execute(found.with_for_update(skip_locked=True)).mappings()]


def result_of(tx: Connection, grading_id: str) -> tuple[Any, str, str]:
    """Report, seed and provenance."""
    row = tx.execute(select(g.report, g.seed, g.provenance).where(g.id == grading_id)).one()
    return row.report, row.seed, row.provenance


def add_submission(tx: Connection, item: Submission, outcome: str | None = None) -> None:
    fields = {name: getattr(item, name) for name in item.__struct_fields__ if name not in ("state", "content")}
    tx.execute(insert(submission_table).values(**fields, outcome=outcome))


def read_submission(tx: Connection, learner: str, submission_id: str) -> Submission | None:
    row = tx.execute(_SUBMISSION.where(s.learner == learner, s.id == submission_id)).mappings().first()
    return Submission(**row) if row else None


def newest(
    tx: Connection, learner: str, most: int, *, lab: str | None = None, before: tuple[datetime, str] | None = None
) -> list[Submission]:
    found = _SUBMISSION.where(s.learner == learner).order_by(s.asked_at.desc(), s.id.desc()).limit(most)
    if lab is not None:
        found = found.where(s.lab == lab)
    if before is not None:
        moment, row_id = before
        found = found.where((s.asked_at < moment) | ((s.asked_at == moment) & (s.id < row_id)))
    return [Submission(**row) for row in tx.execute(found).mappings()]


def open_of(tx: Connection, grading_id: str) -> list[Submission]:
    """Everybody who still waits for this grading, longest waiting first."""
    found = _SUBMISSION.where(s.grading == grading_id, s.outcome.is_(None)).order_by(s.asked_at, s.id)
    return [Submission(**row) for row in tx.execute(found).mappings()]


def count_open(tx: Connection, learner: str) -> int:
    found = select(func.count()).select_from(submission_table).where(s.learner == learner, s.outcome.is_(None))
    return int(tx.execute(found).scalar_one())


def run_of(tx: Connection, learner: str, grading_id: str) -> str | None:
    """The run in which this learner already has the result of this grading."""
    same = (s.learner == learner, s.grading == grading_id, s.outcome == "graded", s.run.is_not(None))
    run: str | None = tx.execute(select(s.run).where(*same).limit(1)).scalar()
    return run


def change_open(tx: Connection, submission_id: str, **values: Any) -> bool:
    """Whether it had not ended, and was changed."""
    return (
        tx.execute(update(submission_table).where(s.id == submission_id, s.outcome.is_(None)).values(**values)).rowcount
        == 1
    )


def set_run(tx: Connection, submission_id: str, run: str) -> None:
    tx.execute(update(submission_table).where(s.id == submission_id).values(run=run))


def waiting(tx: Connection) -> list[Waiting]:
    found = (
        select(s.id, s.grading, s.learner, func.coalesce(s.cohort, ""), s.lab, s.asked_at)
        .join_from(submission_table, grading_table, s.grading == g.id)
        .where(s.outcome.is_(None), g.state == "waiting")
    )
    return [Waiting(*row) for row in tx.execute(found)]


def running(tx: Connection) -> Sequence[tuple[str, str, str, datetime]]:
    """(cohort, learner, lab, started at) of each grading under way, by the submission whose turn it was."""
    found = (
        select(func.coalesce(s.cohort, ""), s.learner, g.lab, g.started_at)
        .join_from(grading_table, submission_table, g.lead == s.id)
        .where(g.state == "running")
    )
    return [tuple(row) for row in tx.execute(found)]


def turns(tx: Connection, kind: str, names: Sequence[str]) -> Mapping[str, datetime]:
    t = turn_table.c
    found: dict[str, datetime] = {}
    for at in range(0, len(names), 500):
        rows = tx.execute(select(t.name, t.at).where(t.kind == kind, t.name.in_(names[at : at + 500])))
        found.update((row.name, row.at) for row in rows)
    return found


def keep_turn(tx: Connection, kind: str, name: str, at: datetime) -> None:
    put(tx, turn_table, {"kind": kind, "name": name, "at": at})


def durations(tx: Connection, lab: str, most: int = 50) -> list[float]:
    """Seconds that the newest gradings of a lab took."""
    found = (
        select(g.started_at, g.ended_at)
        .where(g.lab == lab, g.state == "graded", g.ended_at.is_not(None))
        .order_by(g.ended_at.desc())
        .limit(most)
    )
    return [(row.ended_at - row.started_at).total_seconds() for row in tx.execute(found)]


def see_grader(tx: Connection, grader: str, moment: datetime) -> None:
    put(tx, grader_table, {"id": grader, "seen_at": moment})


def forget_graders(tx: Connection, before: datetime) -> None:
    tx.execute(delete(grader_table).where(grader_table.c.seen_at < before))


def forget_grader(tx: Connection, grader: str) -> None:
    tx.execute(delete(grader_table).where(grader_table.c.id == grader))


def count_graders(tx: Connection, since: datetime) -> int:
    found = select(func.count()).select_from(grader_table).where(grader_table.c.seen_at >= since)
    return int(tx.execute(found).scalar_one())
