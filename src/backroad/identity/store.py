"""The rows of people and sessions."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    String,
    Table,
    Text,
    and_,
    delete,
    func,
    insert,
    or_,
    select,
    update,
)

from backroad.identity.model import Person, Session
from backroad.kit.db import UtcDateTime, metadata

person_table = Table(
    "person",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("email", String(254), nullable=False),
    Column("folded", String(254), unique=True),  # the email by which people are told apart; null: none
    Column("name", String(80), nullable=False),
    Column("role", String(12), nullable=False),
    Column("password", Text, nullable=False),  # argon2id's own form; empty: none
    Column("totp", Text, nullable=False),  # the sealed secret; empty: none
    Column("recovery", JSON, nullable=False),  # hashes of the recovery codes that are left
    Column("created_at", UtcDateTime, nullable=False),
    Column("verified_at", UtcDateTime),
    Column("disabled_at", UtcDateTime),
)
session_table = Table(
    "session",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("proved_at", UtcDateTime, nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(45), nullable=False),
    Index("ix_session_person", "person"),
    Index("ix_session_expires", "expires_at"),
)
p, s = person_table.c, session_table.c
PERSON_COLUMNS = (
    p.id, p.email, p.name, p.role, p.created_at, p.verified_at, p.disabled_at,
    (p.password != "").label("has_password"), (p.totp != "").label("has_totp"),
)  # fmt: skip


def fold_email(email: str) -> str:
    """By which people are told apart: mail servers that tell A from a are not met."""
    return email.strip().lower()


def as_person(row: Any) -> Person:
    return Person(**{**row, "has_password": bool(row["has_password"]), "has_totp": bool(row["has_totp"])})


def person(tx: Connection, person_id: str) -> Person | None:
    row = tx.execute(select(*PERSON_COLUMNS).where(p.id == person_id)).mappings().first()
    return as_person(row) if row else None


def by_email(tx: Connection, email: str) -> Person | None:
    if not email.isprintable():  # PostgreSQL takes no null byte
        return None
    row = tx.execute(select(*PERSON_COLUMNS).where(p.folded == fold_email(email))).mappings().first()
    return as_person(row) if row else None


def password_of(tx: Connection, person_id: str) -> str:
    return tx.execute(select(p.password).where(p.id == person_id)).scalar() or ""


def add_person(tx: Connection, new: Person, password: str = "") -> None:
    row = {name: getattr(new, name) for name in ("id", "email", "name", "role", "created_at", "verified_at")}
    tx.execute(
        insert(person_table).values(
            **row, folded=fold_email(new.email) or None, password=password, totp="", recovery=[], disabled_at=None
        )
    )


def change_person(tx: Connection, person_id: str, **changes: Any) -> None:
    """Of `email`, `name`, `role`, `password`, `totp`, `recovery`, `verified_at`, `disabled_at`."""
    if "email" in changes:
        changes["folded"] = fold_email(changes["email"]) or None
    tx.execute(update(person_table).where(p.id == person_id).values(**changes))


def second_step(tx: Connection, person_id: str) -> tuple[str, list[str]]:
    """(the sealed secret, hashes of the recovery codes that are left); nobody else changes them until this ends."""
    found = select(p.totp, p.recovery).where(p.id == person_id).with_for_update()
    row = tx.execute(found).first()
    return (row[0], list(row[1])) if row else ("", [])


def replace_totp(tx: Connection, person_id: str, old: str, new: str) -> bool:
    """Whether it was still the old one."""
    changed = update(person_table).where(p.id == person_id, p.totp == old).values(totp=new)
    return tx.execute(changed).rowcount == 1


def people(
    tx: Connection,
    limit: int,
    *,
    words: str = "",
    role: str = "",
    before: tuple[datetime, str] | None = None,
) -> list[Person]:
    """Newest first; `words` stand in their email or name."""
    found = select(*PERSON_COLUMNS).order_by(p.created_at.desc(), p.id.desc()).limit(limit)
    if words:
        found = found.where(or_(p.folded.contains(words.lower(), autoescape=True),
                                func.lower(p.name).contains(words.lower(), autoescape=True)))  # fmt: skip
    if role:
        found = found.where(p.role == role)
    if before is not None:
        found = found.where(or_(p.created_at < before[0], and_(p.created_at == before[0], p.id < before[1])))
    return [as_person(row) for row in tx.execute(found).mappings()]


def other_admins(tx: Connection, person_id: str) -> int:
    """How many admins there are besides, whose accounts are open; they stay so until this transaction ends."""
    found = select(p.id).where(p.role == "admin", p.disabled_at.is_(None), p.id != person_id).with_for_update()
    return len(tx.execute(found).all())


def remove_person(tx: Connection, person_id: str) -> None:
    tx.execute(delete(person_table).where(p.id == person_id))


def add_session(tx: Connection, session: Session) -> None:
    tx.execute(insert(session_table).values(**msgspec.structs.asdict(session)))


def session_and_person(tx: Connection, session_id: str, now: datetime) -> tuple[Session, Person] | None:
    """A session that has not ended, and whose it is."""
    found = (
        select(*(column.label(f"s_{column.name}") for column in s), *PERSON_COLUMNS)
        .join_from(session_table, person_table)
        .where(s.id == session_id, s.expires_at > now)
    )
    row = tx.execute(found).mappings().first()
    if row is None:
        return None
    mine = {name[2:]: value for name, value in row.items() if name.startswith("s_")}
    return Session(**mine), as_person({name: value for name, value in row.items() if not name.startswith("s_")})


def sessions_of(tx: Connection, person_id: str, now: datetime) -> list[Session]:
    """Last seen first."""
    found = select(session_table).where(s.person == person_id, s.expires_at > now).order_by(s.seen_at.desc(), s.id)
    return [Session(**row) for row in tx.execute(found).mappings()]


def touch_session(tx: Connection, session_id: str, **changes: Any) -> None:
    tx.execute(update(session_table).where(s.id == session_id).values(**changes))


def end_sessions(tx: Connection, person_id: str, *, only: str = "", but: str = "") -> int:
    """How many ended."""
    gone = delete(session_table).where(s.person == person_id)
    if only:
        gone = gone.where(s.id == only)
    if but:
        gone = gone.where(s.id != but)
    return tx.execute(gone).rowcount


def sweep_sessions(tx: Connection, now: datetime) -> int:
    """Remove those that have ended by themselves."""
    return tx.execute(delete(session_table).where(s.expires_at <= now)).rowcount
