"""Runs, their events, and the labs that were taken up."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    insert,
    or_,
    select,
    update,
)

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import batched, first_of_each, put
from backroad.labs.model import LabStart, Run, RunEvent, RunState

run_table = Table(
    "run",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("learner", String(40), nullable=False),
    Column("lab", String(80), nullable=False),
    Column("folder", Text, nullable=False),
    Column("seed", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("said", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("report", JSON(none_as_null=True)),
    Index("ix_run_learner", "learner", "started_at"),
    Index("ix_run_lab", "learner", "lab", "started_at"),
)
event_table = Table(
    "run_event",
    metadata,
    Column("run", String(40), ForeignKey("run.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("event", JSON, nullable=False),
)
start_table = Table(
    "lab_start",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("lab", String(80), primary_key=True),
    Column("folder", Text, nullable=False),
    Column("language", String(20), nullable=False),
    Column("at", UtcDateTime, nullable=False),
)
r = run_table.c
AT_ONCE = 200
"""Runs that one statement asks for: SQLite takes expressions up to a depth of 1,000."""
_WITHOUT_REPORT = [column for column in run_table.c if column.name != "report"]


def _run(row: Any) -> Run:
    return Run(**row)


def write_run(tx: Connection, run: Run) -> None:
    put(tx, run_table, {name: getattr(run, name) for name in run.__struct_fields__})


def read_run(tx: Connection, learner: str, run_id: str) -> Run | None:
    row = tx.execute(select(run_table).where(r.learner == learner, r.id == run_id)).mappings().first()
    return _run(row) if row else None


def newest_runs(
    tx: Connection, learner: str, most: int, *, before: tuple[datetime, str] | None = None, **only: str | None
) -> list[Run]:
    found = select(run_table).where(r.learner == learner).order_by(r.started_at.desc(), r.id.desc()).limit(most)
    found = found.where(*(r[name] == value for name, value in only.items() if value is not None))
    if before is not None:
        moment, run_id = before
        found = found.where((r.started_at < moment) | ((r.started_at == moment) & (r.id < run_id)))
    return [_run(row) for row in tx.execute(found).mappings()]


def newest_by_lab(tx: Connection, learner: str, labs: Sequence[str], most: int) -> dict[str, list[Run]]:
    """The newest of each lab."""
    order = (r.started_at.desc(), r.id.desc())
    newest = first_of_each(run_table, r.lab, order, most, r.learner == learner, r.lab.in_(labs))
    found: dict[str, list[Run]] = {}
    for row in tx.execute(newest).mappings():
        found.setdefault(row["lab"], []).append(_run(row))
    return found


def break_running(tx: Connection, run_id: str, said: str, now: datetime) -> None:
    tx.execute(
        update(run_table).where(r.id == run_id, r.state == "running").values(state="broken", said=said, ended_at=now)
    )


def add_events(tx: Connection, run_id: str, events: Sequence[RunEvent]) -> None:
    if events:
        tx.execute(insert(event_table), [{"run": run_id, "number": e.number, "event": e.event} for e in events])


def events_after(tx: Connection, run_id: str, number: int, most: int = 500) -> list[RunEvent]:
    e = event_table.c
    found = select(e.number, e.event).where(e.run == run_id, e.number > number).order_by(e.number).limit(most)
    return [RunEvent(row.number, row.event) for row in tx.execute(found)]


def states(tx: Connection, run_ids: Iterable[str]) -> dict[str, tuple[RunState, datetime]]:
    """Of each run its state, and when it was started."""
    found: dict[str, tuple[RunState, datetime]] = {}
    for some in batched(run_ids, AT_ONCE):
        rows = tx.execute(select(r.id, r.state, r.started_at).where(r.id.in_(some)))
        found.update({row.id: (row.state, row.started_at) for row in rows})
    return found


def events_since(tx: Connection, known: Mapping[str, int]) -> dict[str, list[RunEvent]]:
    """Of each run, what follows the event with that number."""
    e, found = event_table.c, {}  # type: Any, dict[str, list[RunEvent]]
    for some in batched(known.items(), AT_ONCE):
        wanted = or_(*((e.run == run_id) & (e.number > number) for run_id, number in some))
        for row in tx.execute(select(e.run, e.number, e.event).where(wanted).order_by(e.run, e.number)):
            found.setdefault(row.run, []).append(RunEvent(row.number, row.event))
    return found


def write_start(tx: Connection, start: LabStart) -> None:
    put(tx, start_table, {name: getattr(start, name) for name in start.__struct_fields__})


def starts(tx: Connection, learner: str) -> dict[str, LabStart]:
    found = select(start_table).where(start_table.c.learner == learner)
    return {row["lab"]: LabStart(**row) for row in tx.execute(found).mappings()}
