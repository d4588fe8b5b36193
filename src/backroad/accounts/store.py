"""The learner's row."""

from datetime import date

from sqlalchemy import JSON, Boolean, Column, Connection, Date, Integer, String, Table, select

from backroad.accounts.model import Learner
from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put

learner_table = Table(
    "learner",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("road", String(80), nullable=False),
    Column("language", String(20), nullable=False),
    Column("minutes", JSON, nullable=False),
    Column("start", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("days_off", JSON, nullable=False),
    Column("deadline", Date),
    Column("drop_optional", Boolean, nullable=False),
    Column("study_from", String(5), nullable=False),
    Column("retention", Integer, nullable=False),
    Column("reviews_a_day", Integer, nullable=False),
    Column("calendar_token", String(64), nullable=False),
)


def read(tx: Connection, learner_id: str) -> Learner | None:
    row = tx.execute(select(learner_table).where(learner_table.c.id == learner_id)).mappings().first()
    if row is None:
        return None
    fields = dict(row)
    fields["minutes"] = tuple(fields["minutes"])
    fields["days_off"] = tuple(date.fromisoformat(day) for day in fields["days_off"])
    return Learner(**fields)


def write(tx: Connection, learner: Learner) -> None:
    put(
        tx,
        learner_table,
        {
            "id": learner.id,
            "road": learner.road,
            "language": learner.language,
            "minutes": list(learner.minutes),
            "start": learner.start,
            "created_at": learner.created_at,
            "days_off": [day.isoformat() for day in learner.days_off],
            "deadline": learner.deadline,
            "drop_optional": learner.drop_optional,
            "study_from": learner.study_from,
            "retention": learner.retention,
            "reviews_a_day": learner.reviews_a_day,
            "calendar_token": learner.calendar_token,
        },
    )
