"""The rows of identities at other providers, and of errands to them."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, Connection, ForeignKey, Index, String, Table, and_, delete, insert, select, update

from backroad.identity.foreign_model import Errand, Linked
from backroad.identity.store import person_table
from backroad.kit.db import UtcDateTime, metadata

foreign_identity_table = Table(
    "foreign_identity",
    metadata,
    Column("issuer", String(200), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Column("provider", String(12), nullable=False),
    Column("label", String(254), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Index("ix_foreign_identity_person", "person"),
)
errand_table = Table(
    "errand",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("provider", String(12), nullable=False),
    Column("state", String(64), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("verifier", String(64), nullable=False),
    Column("onward", String(500), nullable=False),
    Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE")),
    Column("found", JSON, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_errand_expires", "expires_at"),
)
i, e = foreign_identity_table.c, errand_table.c
_FOUND = ("may_join", "claimed")
"""Fields of an errand that lie together in one column."""


def add(tx: Connection, new: Linked) -> None:
    tx.execute(insert(foreign_identity_table).values(**msgspec.structs.asdict(new)))


def linked(tx: Connection, issuer: str, subject: str) -> Linked | None:
    row = tx.execute(select(foreign_identity_table).where(_is(issuer, subject))).mappings().first()
    return Linked(**row) if row else None


def of_person(tx: Connection, person_id: str) -> list[Linked]:
    """Oldest first."""
    found = select(foreign_identity_table).where(i.person == person_id).order_by(i.created_at, i.issuer, i.subject)
    return [Linked(**row) for row in tx.execute(found).mappings()]


def touch(tx: Connection, issuer: str, subject: str, label: str, now: datetime) -> None:
    tx.execute(update(foreign_identity_table).where(_is(issuer, subject)).values(label=label[:254], seen_at=now))


def remove(tx: Connection, issuer: str, subject: str) -> None:
    tx.execute(delete(foreign_identity_table).where(_is(issuer, subject)))


def remove_all(tx: Connection, person_id: str) -> None:
    tx.execute(delete(foreign_identity_table).where(i.person == person_id))


def _is(issuer: str, subject: str) -> Any:
    return and_(i.issuer == issuer, i.subject == subject)


def lock_person(tx: Connection, person_id: str) -> None:
    """Two who take a way in from one account at once come one after the other."""
    tx.execute(select(person_table.c.id).where(person_table.c.id == person_id).with_for_update())


def add_errand(tx: Connection, new: Errand) -> None:
    row = msgspec.to_builtins(new, builtin_types=(datetime,))
    found = {name: row.pop(name) for name in _FOUND}
    tx.execute(insert(errand_table).values(**row, found=found))


def errand(tx: Connection, digest: str) -> Errand | None:
    row = tx.execute(select(errand_table).where(e.digest == digest)).mappings().first()
    if row is None:
        return None
    plain = {str(name): value for name, value in row.items() if name != "found"}
    return msgspec.convert({**plain, **row["found"]}, Errand, builtin_types=(datetime,))


def remove_errand(tx: Connection, digest: str) -> bool:
    """Whether it was there: of two at once, one."""
    return tx.execute(delete(errand_table).where(e.digest == digest)).rowcount == 1


def sweep_errands(tx: Connection, now: datetime) -> None:
    tx.execute(delete(errand_table).where(e.expires_at <= now))
