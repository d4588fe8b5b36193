"""The plan as it was last shown, so that a new one can say what it moved."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Column, Connection, Date, String, Table, Text, delete, select

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put
from backroad.planner.model import Plan

KEPT = timedelta(days=31)

snapshot_table = Table(
    "plan_snapshot",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("plan", Text, nullable=False),
)
s = snapshot_table.c


def before(tx: Connection, learner: str, day: date) -> Plan | None:
    """The newest plan made before that day."""
    found = select(s.plan).where(s.learner == learner, s.day < day).order_by(s.day.desc()).limit(1)
    text = tx.execute(found).scalar()
    return msgspec.json.decode(text, type=Plan) if text else None


def has(tx: Connection, learner: str, day: date) -> bool:
    return tx.execute(select(s.day).where(s.learner == learner, s.day == day)).first() is not None


def keep(tx: Connection, learner: str, day: date, plan: Plan, now: datetime) -> None:
    """Keep today's; ones that are older than a month have nothing to be compared with."""
    put(
        tx, snapshot_table, {"learner": learner, "day": day, "made_at": now, "plan": msgspec.json.encode(plan).decode()}
    )
    tx.execute(delete(snapshot_table).where(s.learner == learner, s.day < day - KEPT))
