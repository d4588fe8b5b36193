"""The public halves of all keys that ever signed."""

from datetime import datetime

import msgspec
from sqlalchemy import JSON, Column, Connection, String, Table, Text, select, update

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import add_new
from backroad.signing.model import PublicKey, Purpose

key_table = Table(
    "credential_key",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("purpose", String(12), nullable=False),
    Column("jwk", JSON, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("sealed", Text, nullable=False),
    Column("withdrawn_at", UtcDateTime),
)
k = key_table.c


def add(tx: Connection, key: PublicKey) -> bool:
    """Whether it was new."""
    return add_new(tx, key_table, msgspec.structs.asdict(key))


def keys(tx: Connection, purpose: Purpose | None = None) -> list[PublicKey]:
    """Oldest first, those that were withdrawn too."""
    found = select(key_table).order_by(k.created_at, k.id)
    if purpose is not None:
        found = found.where(k.purpose == purpose)
    return [PublicKey(**row) for row in tx.execute(found).mappings()]


def key(tx: Connection, key_id: str) -> PublicKey | None:
    row = tx.execute(select(key_table).where(k.id == key_id)).mappings().first()
    return PublicKey(**row) if row else None


def withdraw(tx: Connection, key_id: str, now: datetime) -> bool:
    """Whether there was one to withdraw."""
    gone = update(key_table).where(k.id == key_id, k.withdrawn_at.is_(None)).values(withdrawn_at=now)
    return tx.execute(gone).rowcount == 1
