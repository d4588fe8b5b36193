"""The ledger of evidence, what is derived from it, and time spent.

`standing`, `card`, `verdict` and `memory` follow from `evidence` and can be rebuilt from it at any time.
"""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Date,
    Float,
    Index,
    Integer,
    String,
    Table,
    and_,
    cast,
    delete,
    func,
    or_,
    select,
)

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import add_new, first_of_each, put
from backroad.progress.model import Activity, ActivityKind, Card, Evidence, Memory, Standing

evidence_table = Table(
    "evidence",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("skill", String(100), nullable=False),
    Column("source", String(12), nullable=False),
    Column("ref", String(200), nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("seconds", Float, nullable=False),
    Column("provenance", String(12), nullable=False),
    Column("content_hash", String(80), nullable=False),
    Column("seed", String(40), nullable=False),
    Column("detail", JSON, nullable=False),
    Index("ix_evidence_skill", "learner", "skill", "at"),
    Index("ix_evidence_at", "learner", "at", "id"),
    Index("ix_evidence_ref", "learner", "ref", "at"),
)
standing_table = Table(
    "standing",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("skill", String(100), primary_key=True),
    Column("state", JSON, nullable=False),  # Standing, but for what depends on the time
    Column("memory", JSON, nullable=False),  # [[stability, time of the last answer], …], one for each card
)
card_table = Table(
    "card",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("skill", String(100), primary_key=True),
    Column("ref", String(200), primary_key=True),
    Column("due", Date, nullable=False),
    Column("last_at", UtcDateTime, nullable=False),
    Column("stability", Float, nullable=False),
    Column("difficulty", Float, nullable=False),
    Column("outcome", String(8), nullable=False),
    Column("gaps", JSON, nullable=False),
    Column("lapses", Integer, nullable=False),
    Index("ix_card_due", "learner", "due"),
)
memory_table = Table(
    "memory",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("retention", Integer, nullable=False),
    Column("scale", Float, nullable=False),
    Column("reviews", Integer, nullable=False),
    Column("gaps", JSON, nullable=False),
)
verdict_table = Table(
    "verdict",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("ref", String(200), primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("evidence", String(64), nullable=False),
)
activity_table = Table(
    "activity",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("kind", String(8), nullable=False),
    Column("ref", String(200), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("day", Date, nullable=False),
    Column("seconds", Float, nullable=False),
    Index("ix_activity_day", "learner", "day"),
    Index("ix_activity_ref", "learner", "ref", "kind"),
)
e, c, a, v = evidence_table.c, card_table.c, activity_table.c, verdict_table.c
"""Columns of the tables, by their first letter."""
_CARD = [column for column in card_table.columns if column.name != "learner"]
_ACTIVITY = [column for column in activity_table.columns if column.name != "learner"]


def add_evidence(tx: Connection, item: Evidence) -> bool:
    """Whether it was new."""
    return add_new(tx, evidence_table, msgspec.structs.asdict(item))


def evidence_of(tx: Connection, learner: str, skill: str) -> list[Evidence]:
    found = select(evidence_table).where(e.learner == learner, e.skill == skill)
    return [Evidence(**row) for row in tx.execute(found).mappings()]


def newest(
    tx: Connection, learner: str, limit: int, *, before: tuple[datetime, str] | None = None, **only: str | None
) -> list[Evidence]:
    found = select(evidence_table).where(e.learner == learner).order_by(e.at.desc(), e.id.desc()).limit(limit)
    found = found.where(*(e[name] == value for name, value in only.items() if value is not None))
    if before is not None:
        found = found.where(or_(e.at < before[0], and_(e.at == before[0], e.id < before[1])))
    return [Evidence(**row) for row in tx.execute(found).mappings()]


def newest_by_skill(tx: Connection, learner: str, skills: Sequence[str], limit: int) -> dict[str, list[Evidence]]:
    """The newest of each skill."""
    order = (e.at.desc(), e.id.desc())
    found = first_of_each(evidence_table, e.skill, order, limit, e.learner == learner, e.skill.in_(skills))
    rows: dict[str, list[Evidence]] = {}
    for row in tx.execute(found).mappings():
        rows.setdefault(row["skill"], []).append(Evidence(**row))
    return rows


def ledger(tx: Connection, learner: str) -> list[Evidence]:
    found = select(evidence_table).where(e.learner == learner).order_by(e.at, e.id)
    return [Evidence(**row) for row in tx.execute(found).mappings()]


def put_standing(tx: Connection, learner: str, standing: Standing, memory: Sequence[tuple[float, datetime]]) -> None:
    row = {
        "learner": learner,
        "skill": standing.skill,
        "state": msgspec.to_builtins(standing),
        "memory": [[stability, at.timestamp()] for stability, at in memory],
    }
    put(tx, standing_table, row)


def standings(tx: Connection, learner: str) -> list[tuple[Standing, list[tuple[float, float]]]]:
    """Each with its memory: (stability, timestamp of the last answer) of every card."""
    found = select(standing_table.c.state, standing_table.c.memory).where(standing_table.c.learner == learner)
    return [(msgspec.convert(state, Standing), memory) for state, memory in tx.execute(found)]


def put_card(tx: Connection, learner: str, card: Card) -> None:
    put(tx, card_table, {"learner": learner, **msgspec.structs.asdict(card), "gaps": list(card.gaps)})


def cards(tx: Connection, learner: str, *where: Any, limit: int | None = None) -> list[Card]:
    """Longest due first."""
    found = select(*_CARD).where(c.learner == learner, *where).order_by(c.due, c.skill, c.ref).limit(limit)
    return [Card(**{**row, "gaps": tuple(row["gaps"])}) for row in tx.execute(found).mappings()]


def cards_alike(tx: Connection, learner: str) -> list[tuple[date, tuple[int, ...], int]]:
    """(due, gaps, how many cards are so): enough to forecast, and far fewer rows than cards."""
    gaps = cast(c.gaps, String)  # PostgreSQL groups text, not JSON
    found = select(c.due, gaps, func.count()).where(c.learner == learner).group_by(c.due, gaps)
    return [(due, tuple(json.loads(text)), count) for due, text, count in tx.execute(found)]


def memory(tx: Connection, learner: str) -> Memory | None:
    m = memory_table.c
    found = select(m.retention, m.scale, m.reviews, m.gaps).where(m.learner == learner)
    row = tx.execute(found).mappings().first()
    return Memory(**{**row, "gaps": tuple(row["gaps"])}) if row else None


def put_memory(tx: Connection, learner: str, memory: Memory) -> None:
    put(tx, memory_table, {"learner": learner, **msgspec.structs.asdict(memory), "gaps": list(memory.gaps)})


def put_verdict(tx: Connection, item: Evidence) -> None:
    row = {"learner": item.learner, "ref": item.ref, "outcome": item.outcome, "at": item.at, "evidence": item.id}
    put(tx, verdict_table, row)


def verdicts(tx: Connection, learner: str, *where: Any) -> dict[str, tuple[str, datetime, str]]:
    """Check ref -> (outcome, time, evidence id)."""
    found = select(v.ref, v.outcome, v.at, v.evidence).where(v.learner == learner, *where)
    return {row.ref: (row.outcome, row.at, row.evidence) for row in tx.execute(found)}


def add_activity(tx: Connection, learner: str, activity: Activity) -> bool:
    """Whether it was new."""
    return add_new(tx, activity_table, {"learner": learner, **msgspec.structs.asdict(activity)})


def activities(tx: Connection, learner: str, *where: Any) -> list[Activity]:
    """Oldest first."""
    found = select(*_ACTIVITY).where(a.learner == learner, *where).order_by(a.at, a.id)
    return [Activity(**row) for row in tx.execute(found).mappings()]


def seconds_by_day(tx: Connection, learner: str) -> dict[date, float]:
    found = select(a.day, func.sum(a.seconds)).where(a.learner == learner).group_by(a.day).order_by(a.day)
    return {day: float(seconds) for day, seconds in tx.execute(found)}


def seconds_by_ref(tx: Connection, learner: str) -> dict[tuple[str, str], float]:
    """(kind, ref) -> seconds."""
    found = select(a.kind, a.ref, func.sum(a.seconds)).where(a.learner == learner).group_by(a.kind, a.ref)
    return {(kind, ref): float(seconds) for kind, ref, seconds in tx.execute(found)}


def seconds_by_day_and_ref(
    tx: Connection, learner: str, since: date
) -> dict[date, dict[tuple[ActivityKind, str], float]]:
    found = (
        select(a.day, a.kind, a.ref, func.sum(a.seconds))
        .where(a.learner == learner, a.day >= since)
        .group_by(a.day, a.kind, a.ref)
        .order_by(a.day, a.kind, a.ref)
    )
    days: dict[date, dict[tuple[ActivityKind, str], float]] = {}
    for day, kind, ref, seconds in tx.execute(found):
        days.setdefault(day, {})[kind, ref] = float(seconds)
    return days


def last_learned(tx: Connection, learner: str) -> dict[str, datetime]:
    """Skill -> when time on its lesson was last logged."""
    found = select(a.ref, func.max(a.at)).where(a.learner == learner, a.kind == "learn").group_by(a.ref)
    return {row[0]: row[1] for row in tx.execute(found)}


def answered_by_skill(tx: Connection, learner: str) -> dict[str, int]:
    """Skill -> how many different drills were answered."""
    found = select(c.skill, func.count()).where(c.learner == learner).group_by(c.skill)
    return {row[0]: row[1] for row in tx.execute(found)}


def reviewed_on(tx: Connection, learner: str, day: date) -> int:
    """How many reviews were answered on that day."""
    found = select(func.count()).where(a.learner == learner, a.day == day, a.kind == "review")
    return tx.execute(found).scalar_one()


def due_count(tx: Connection, learner: str, day: date) -> int:
    """How many cards are due on that day or before."""
    return tx.execute(select(func.count()).where(c.learner == learner, c.due <= day)).scalar_one()


def forget_derived(tx: Connection, learner: str) -> None:
    for table in (standing_table, card_table, verdict_table, memory_table):
        tx.execute(delete(table).where(table.c.learner == learner))
