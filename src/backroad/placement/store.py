"""Placements with their answers."""

from typing import Any

import msgspec
from sqlalchemy import JSON, Column, Connection, String, Table, select

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put
from backroad.placement.model import Given, Placement

placement_table = Table(
    "placement",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("id", String(40), primary_key=True),
    Column("started_at", UtcDateTime, nullable=False),
    Column("ended_at", UtcDateTime),
    Column("answers", JSON, nullable=False),
    Column("never", JSON(none_as_null=True)),
)
p = placement_table.c


def newest(tx: Connection, learner: str) -> Placement | None:
    found = select(placement_table).where(p.learner == learner).order_by(p.started_at.desc(), p.id.desc()).limit(1)
    row = tx.execute(found).mappings().first()
    return _placement(row) if row else None


def _placement(row: Any) -> Placement:
    never = None if row["never"] is None else tuple(row["never"])
    return Placement(**{**row, "answers": msgspec.convert(row["answers"], tuple[Given, ...]), "never": never})


def write(tx: Connection, placement: Placement) -> None:
    fields = {name: getattr(placement, name) for name in placement.__struct_fields__}
    put(tx, placement_table, {**fields, "answers": msgspec.to_builtins(placement.answers)})
