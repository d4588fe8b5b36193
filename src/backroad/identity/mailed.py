"""Links that were mailed: each works once, for a while, and only its fingerprint is kept."""

import secrets
from datetime import datetime, timedelta
from typing import Literal

import msgspec
from sqlalchemy import Column, Connection, ForeignKey, Index, String, Table, delete, func, insert, select

from backroad.identity.sessions import fingerprint
from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.errors import Problem

Purpose = Literal["verify", "email", "reset", "invite"]
LIFE: dict[Purpose, timedelta] = {
    "verify": timedelta(hours=24),
    "email": timedelta(hours=24),
    "reset": timedelta(hours=1),
    "invite": timedelta(days=7),
}
MOST = 5
"""Links for one purpose that a person can have at the same time: nobody's mailbox is flooded through us."""

mailed_table = Table(
    "mailed",
    metadata,
    Column("id", String(64), primary_key=True),  # SHA-256 of what stands in the link
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("purpose", String(12), nullable=False),
    Column("email", String(254), nullable=False),  # where it was sent
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_mailed_person", "person", "purpose"),
)
m = mailed_table.c


class Mailed(msgspec.Struct, frozen=True):
    id: str
    person: str
    purpose: Purpose
    email: str
    created_at: datetime
    expires_at: datetime


class Spent(Problem):
    def __init__(self) -> None:
        said = "This link was used already, or it is too old, or a part of it is missing."
        super().__init__(said, "Ask for a new one.", status=410)


def issue(tx: Connection, person_id: str, purpose: Purpose, email: str, now: datetime) -> str | None:
    """What stands in the link; None when they have as many as they get. Earlier links stay good: who asks for links to
    somebody else's account cannot spoil those of its owner."""
    tx.execute(delete(mailed_table).where(m.expires_at <= now))
    mine = (m.person == person_id, m.purpose == purpose)
    if tx.execute(select(func.count()).select_from(mailed_table).where(*mine)).scalar_one() >= MOST:
        return None
    token = secrets.token_urlsafe(32)
    row = Mailed(fingerprint(token), person_id, purpose, email, now, now + LIFE[purpose])
    tx.execute(insert(mailed_table).values(**msgspec.structs.asdict(row)))
    return token


def look(tx: Connection, token: str, purpose: Purpose, now: datetime) -> Mailed:
    """Without using it up: programs that look for viruses open links too. Raises Spent."""
    found = select(mailed_table).where(m.id == fingerprint(token), m.purpose == purpose, m.expires_at > now)
    row = tx.execute(found).mappings().first()
    if row is None:
        raise Spent
    return Mailed(**row)


def take(tx: Connection, token: str, purpose: Purpose, now: datetime) -> Mailed:
    """Use it up, and with it the others for the same purpose. Raises Spent."""
    found = look(tx, token, purpose, now)
    if tx.execute(delete(mailed_table).where(m.id == found.id)).rowcount != 1:  # somebody was quicker
        raise Spent
    forget(tx, found.person, purpose)
    return found


def forget(tx: Connection, person_id: str, purpose: Purpose | None = None) -> None:
    gone = delete(mailed_table).where(m.person == person_id)
    tx.execute(gone if purpose is None else gone.where(m.purpose == purpose))
