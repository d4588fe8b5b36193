"""Credentials that were issued."""

from datetime import datetime

import msgspec
from sqlalchemy import (
    Column,
    Connection,
    Index,
    Integer,
    String,
    Table,
    Text,
    and_,
    func,
    or_,
    select,
    update,
)

from backroad.credentials.model import Credential
from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import add_new

credential_table = Table(
    "credential",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("person", String(40), nullable=False),
    Column("subject", String(120), nullable=False),
    Column("title", String(200), nullable=False),
    Column("standing", String(64), nullable=False),
    Column("jwt", Text, nullable=False),
    Column("issued_at", UtcDateTime, nullable=False),
    Column("revoked_at", UtcDateTime),
    Column("reason", String(200), nullable=False),
    Index("ix_credential_person", "person", "issued_at", "id"),
)
place_table = Table(
    "status_place",
    metadata,
    Column("list", Integer, primary_key=True),
    Column("place", Integer, primary_key=True),
    Column("credential", String(40), nullable=False),
)
c, p = credential_table.c, place_table.c


def add(tx: Connection, item: Credential) -> bool:
    """Whether it was new."""
    return add_new(tx, credential_table, msgspec.structs.asdict(item))


def read(tx: Connection, credential_id: str) -> Credential | None:
    row = tx.execute(select(credential_table).where(c.id == credential_id)).mappings().first()
    return Credential(**row) if row else None


def newest(tx: Connection, person: str, limit: int, before: tuple[datetime, str] | None = None) -> list[Credential]:
    found = select(credential_table).where(c.person == person).order_by(c.issued_at.desc(), c.id.desc()).limit(limit)
    if before is not None:
        found = found.where(or_(c.issued_at < before[0], and_(c.issued_at == before[0], c.id < before[1])))
    return [Credential(**row) for row in tx.execute(found).mappings()]


def in_force(tx: Connection, person: str) -> dict[str, Credential]:
    """Subject -> the newest credential that is not revoked."""
    found = select(credential_table).where(c.person == person, c.revoked_at.is_(None)).order_by(c.issued_at, c.id)
    return {row["subject"]: Credential(**row) for row in tx.execute(found).mappings()}


def times_revoked(tx: Connection, person: str, subject: str, standing: str) -> int:
    """How often this very standing was issued and taken back."""
    where = (c.person == person, c.subject == subject, c.standing == standing, c.revoked_at.is_not(None))
    return tx.execute(select(func.count()).where(*where)).scalar_one()


def places(tx: Connection) -> int:
    """How many bits of all status lists were given out."""
    return tx.execute(select(func.count()).select_from(place_table)).scalar_one()


def take_place(tx: Connection, number: int, place: int, credential_id: str) -> bool:
    """Whether that bit was free."""
    return add_new(tx, place_table, {"list": number, "place": place, "credential": credential_id})


def revoked_places(tx: Connection, number: int) -> list[int]:
    """Bits of credentials that were revoked, and of those that are gone with the account of their learner."""
    joined = place_table.outerjoin(credential_table, c.id == p.credential)
    gone = or_(c.id.is_(None), c.revoked_at.is_not(None))
    return [row.place for row in tx.execute(select(p.place).select_from(joined).where(p.list == number, gone))]


def revoke(tx: Connection, person: str, credential_id: str, now: datetime, reason: str) -> bool:
    """Whether it was theirs and in force."""
    where = (c.id == credential_id, c.person == person, c.revoked_at.is_(None))
    return tx.execute(update(credential_table).where(*where).values(revoked_at=now, reason=reason)).rowcount == 1
