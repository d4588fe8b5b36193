"""Interviews with their questions and answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, Connection, Index, String, Table, Text, and_, or_, select

from backroad.interview.model import Asked, Interview, Terms
from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put

interview_table = Table(
    "interview",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("terms", JSON, nullable=False),
    Column("said", Text, nullable=False),
    Column("questions", JSON, nullable=False),
    Index("ix_interview_started", "learner", "started_at"),
)
i = interview_table.c


def newest(
    tx: Connection, learner: str, limit: int, *, before: tuple[datetime, str] | None = None
) -> Sequence[Interview]:
    """Newest first."""
    found = select(interview_table).where(i.learner == learner).order_by(i.started_at.desc(), i.id.desc()).limit(limit)
    if before is not None:
        found = found.where(or_(i.started_at < before[0], and_(i.started_at == before[0], i.id < before[1])))
    return [_interview(row) for row in tx.execute(found).mappings()]


def running(tx: Connection, learner: str) -> Interview | None:
    found = select(interview_table).where(i.learner == learner, i.ended_at.is_(None)).order_by(i.started_at.desc())
    row = tx.execute(found.limit(1)).mappings().first()
    return _interview(row) if row else None


def get(tx: Connection, learner: str, interview_id: str) -> Interview | None:
    found = select(interview_table).where(i.learner == learner, i.id == interview_id)
    row = tx.execute(found).mappings().first()
    return _interview(row) if row else None


def _interview(row: Any) -> Interview:
    questions = msgspec.convert(row["questions"], tuple[Asked, ...])
    return Interview(**{**row, "terms": msgspec.convert(row["terms"], Terms), "questions": questions})


def write(tx: Connection, interview: Interview) -> None:
    fields = {name: getattr(interview, name) for name in interview.__struct_fields__}
    plain = {name: msgspec.to_builtins(fields[name]) for name in ("terms", "questions")}
    put(tx, interview_table, {**fields, **plain})
