"""The plan as it was last shown, so that a new one can say what it moved; and where the learner wants its sessions."""

from datetime import date, datetime, timedelta

import msgspec
from sqlalchemy import Column, Connection, Date, Integer, String, Table, Text, delete, select

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put
from backroad.planner.model import Plan, Wish

KEPT = timedelta(days=31)

snapshot_table = Table(
    "plan_snapshot",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("day", Date, primary_key=True),
    Column("made_at", UtcDateTime, nullable=False),
    Column("plan", Text, nullable=False),
)
wish_table = Table(
    "wish",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("ref", String(200), primary_key=True),
    Column("stage", Integer, primary_key=True, autoincrement=False),
    Column("day", Date, primary_key=True),
    Column("minutes", Integer, nullable=False),
    Column("before", Integer, nullable=False),
    Column("after", Integer, nullable=False),
)
s = snapshot_table.c
w = wish_table.c


def before(tx: Connection, learner: str, day: date) -> Plan | None:
    """The newest plan made before that day."""
    found = select(s.plan).where(s.learner == learner, s.day < day).order_by(s.day.desc()).limit(1)
    text = tx.execute(found).scalar()
    return msgspec.json.decode(text, type=Plan) if text else None


def on(tx: Connection, learner: str, day: date) -> Plan | None:
    """The plan as it was when that day was first looked at."""
    text = tx.execute(select(s.plan).where(s.learner == learner, s.day == day)).scalar()
    return msgspec.json.decode(text, type=Plan) if text else None


def has(tx: Connection, learner: str, day: date) -> bool:
    return tx.execute(select(s.day).where(s.learner == learner, s.day == day)).first() is not None


def keep(tx: Connection, learner: str, day: date, plan: Plan, now: datetime) -> None:
    """Keep today's; plans older than a month have nothing to be compared with, and wishes as old are forgotten."""
    put(
        tx, snapshot_table, {"learner": learner, "day": day, "made_at": now, "plan": msgspec.json.encode(plan).decode()}
    )
    tx.execute(delete(snapshot_table).where(s.learner == learner, s.day < day - KEPT))
    tx.execute(delete(wish_table).where(w.learner == learner, w.day < day - KEPT))


def wishes(tx: Connection, learner: str) -> tuple[Wish, ...]:
    """By day."""
    found = select(w.kind, w.ref, w.stage, w.day, w.minutes, w.before, w.after).where(w.learner == learner)
    rows = tx.execute(found.order_by(w.day, w.kind, w.ref, w.stage)).mappings()
    return tuple(Wish(**row) for row in rows)


def put_wish(tx: Connection, learner: str, wish: Wish) -> None:
    put(tx, wish_table, {"learner": learner, **msgspec.structs.asdict(wish)})


def remove_wish(tx: Connection, learner: str, wish: Wish) -> None:
    this = (w.kind == wish.kind, w.ref == wish.ref, w.stage == wish.stage, w.day == wish.day)
    tx.execute(delete(wish_table).where(w.learner == learner, *this))
