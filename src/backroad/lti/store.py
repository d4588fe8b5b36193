"""The rows of platforms, launches and links."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from backroad.kit.db import UtcDateTime, metadata
from backroad.kit.rows import put
from backroad.lti.model import Link, Platform, State
from backroad.progress.store import evidence_table

platform_table = Table(
    "lti_platform",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("issuer", String(190), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("title", String(100), nullable=False),
    Column("login_url", String(500), nullable=False),
    Column("token_url", String(500), nullable=False),
    Column("jwks_url", String(500), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("audience", String(500), nullable=False),
    Column("deployments", JSON, nullable=False),
    UniqueConstraint("issuer", "client_id"),
)
state_table = Table(
    "lti_state",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("platform", String(40), ForeignKey("lti_platform.id", ondelete="CASCADE"), nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("browser", String(64), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Index("ix_lti_state_expires", "expires_at"),
)
link_table = Table(
    "lti_link",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("platform", String(40), ForeignKey("lti_platform.id", ondelete="CASCADE"), nullable=False),
    Column("deployment", String(255), nullable=False),
    Column("resource", String(255), nullable=False),
    Column("person", String(40), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("content", String(120), nullable=False),
    Column("counted", String(12), nullable=False),
    Column("line", String(1000), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("checked_at", UtcDateTime, nullable=False),
    Column("sent_at", UtcDateTime),
    Column("score", Float, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("retry_at", UtcDateTime),
    Column("problem", String(300), nullable=False),
    Index("ix_lti_link_person", "person"),
    Index("ix_lti_link_checked", "checked_at"),
)
p, s, k = platform_table.c, state_table.c, link_table.c


def _platform(row: Any) -> Platform:
    return Platform(**{**row, "deployments": tuple(row["deployments"])})


def add_platform(tx: Connection, new: Platform) -> None:
    tx.execute(insert(platform_table).values(**{**msgspec.structs.asdict(new), "deployments": list(new.deployments)}))


def change_platform(tx: Connection, new: Platform) -> None:
    row = {**msgspec.structs.asdict(new), "deployments": list(new.deployments)}
    tx.execute(update(platform_table).where(p.id == new.id).values(**row))


def platforms(tx: Connection, *where: Any) -> list[Platform]:
    found = select(platform_table).where(*where).order_by(p.issuer, p.client_id)
    return [_platform(row) for row in tx.execute(found).mappings()]


def of_issuer(tx: Connection, issuer: str, client_id: str = "") -> list[Platform]:
    return platforms(tx, p.issuer == issuer, *([p.client_id == client_id] if client_id else []))


def platform(tx: Connection, platform_id: str) -> Platform | None:
    return next(iter(platforms(tx, p.id == platform_id)), None)


def remove_platform(tx: Connection, platform_id: str) -> bool:
    return tx.execute(delete(platform_table).where(p.id == platform_id)).rowcount == 1


def add_state(tx: Connection, new: State) -> None:
    tx.execute(insert(state_table).values(**msgspec.structs.asdict(new)))


def state(tx: Connection, state_id: str) -> State | None:
    row = tx.execute(select(state_table).where(s.id == state_id)).mappings().first()
    return State(**row) if row else None


def take_state(tx: Connection, state_id: str) -> bool:
    """Whether it was there: of two at once, one."""
    return tx.execute(delete(state_table).where(s.id == state_id)).rowcount == 1


def sweep_states(tx: Connection, now: datetime) -> None:
    tx.execute(delete(state_table).where(s.expires_at <= now))


def put_link(tx: Connection, new: Link) -> None:
    put(tx, link_table, msgspec.structs.asdict(new))


def link(tx: Connection, link_id: str) -> Link | None:
    row = tx.execute(select(link_table).where(k.id == link_id)).mappings().first()
    return Link(**row) if row else None


def links_of(tx: Connection, person: str) -> list[Link]:
    found = select(link_table).where(k.person == person).order_by(k.created_at, k.id)
    return [Link(**row) for row in tx.execute(found).mappings()]


def stale_links(tx: Connection, now: datetime, most: int) -> list[Link]:
    """Links whose learner has evidence that was not looked at, and those that are to be tried again."""
    e = evidence_table.c
    fresh = select(e.id).where(e.learner == k.person, e.at > k.checked_at).exists()
    due = or_(k.retry_at <= now, and_(k.retry_at.is_(None), fresh))
    found = select(link_table).where(k.line != "", due).order_by(k.checked_at, k.id).limit(most)
    return [Link(**row) for row in tx.execute(found).mappings()]


def claim(tx: Connection, link: Link, newest: datetime, until: datetime) -> bool:
    """Whether it is this process that sends now, of several that look at once; for so long nobody else does."""
    same = k.retry_at.is_(None) if link.retry_at is None else k.retry_at == link.retry_at
    mine = update(link_table).where(k.id == link.id, k.checked_at == link.checked_at, same)
    return tx.execute(mine.values(checked_at=newest, retry_at=until)).rowcount == 1


def note_sent(tx: Connection, link_id: str, **changes: Any) -> None:
    tx.execute(update(link_table).where(k.id == link_id).values(tries=0, problem="", retry_at=None, **changes))


def note_failed(tx: Connection, link_id: str, problem: str, retry_at: datetime | None) -> None:
    failed = update(link_table).where(k.id == link_id)
    tx.execute(failed.values(tries=k.tries + 1, problem=problem[:300], retry_at=retry_at))
