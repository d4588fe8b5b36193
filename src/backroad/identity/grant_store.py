"""The rows of tokens, grants, codes, devices and signing keys."""

from datetime import datetime, timedelta
from typing import Any, TypeVar

import msgspec
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    delete,
    func,
    insert,
    select,
    update,
)

from backroad.identity.grants import Code, Device, Family, Token
from backroad.identity.model import Person
from backroad.identity.store import PERSON_COLUMNS, as_person, person_table
from backroad.kit.db import UtcDateTime, metadata

T = TypeVar("T", Token, Family, Code, Device)


def _person(*, nullable: bool = False) -> Column[str]:
    return Column("person", String(40), ForeignKey("person.id", ondelete="CASCADE"), nullable=nullable)


token_table = Table(
    "token",
    metadata,
    Column("id", String(40), primary_key=True),
    Column("digest", String(64), unique=True, nullable=False),
    _person(),
    Column("name", String(80), nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("tail", String(4), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime),
    Index("ix_token_person", "person"),
)
family_table = Table(
    "family",
    metadata,
    Column("id", String(40), primary_key=True),
    _person(),
    Column("client", String(40), nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("seen_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(45), nullable=False),
    Index("ix_family_person", "person"),
    Index("ix_family_expires", "expires_at"),
)
refresh_table = Table(
    "refresh",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("family", String(40), ForeignKey("family.id", ondelete="CASCADE"), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Index("ix_refresh_family", "family"),
)
code_table = Table(
    "code",
    metadata,
    Column("digest", String(64), primary_key=True),
    _person(),
    Column("client", String(40), nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("redirect", String(200), nullable=False),
    Column("challenge", String(43), nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("used_at", UtcDateTime),
    Column("family", String(40), nullable=False),
    Index("ix_code_expires", "expires_at"),
)
device_table = Table(
    "device",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("user_code", String(8), unique=True, nullable=False),
    Column("client", String(40), nullable=False),
    Column("scopes", String(80), nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("expires_at", UtcDateTime, nullable=False),
    Column("polled_at", UtcDateTime),
    Column("pause", Integer, nullable=False),
    Column("agent", String(200), nullable=False),
    Column("address", String(45), nullable=False),
    Column("decision", String(8), nullable=False),
    _person(nullable=True),
    Index("ix_device_expires", "expires_at"),
)
signing_key_table = Table(
    "signing_key",
    metadata,
    Column("kid", String(64), primary_key=True),
    Column("created_at", UtcDateTime, nullable=False),
    Column("public", JSON, nullable=False),
    Column("sealed", Text, nullable=False),  # the private key
)
t, f, r, c, d = token_table.c, family_table.c, refresh_table.c, code_table.c, device_table.c


def _read(kind: type[T], row: Any) -> T:
    scopes = tuple(row["scopes"].split())
    return kind(**{name: row[name] for name in kind.__struct_fields__ if name != "scopes"}, scopes=scopes)


def _written(thing: Family | Code | Device) -> dict[str, Any]:
    return {**msgspec.structs.asdict(thing), "scopes": " ".join(thing.scopes)}


def _with_person(table: Table) -> Any:
    mine = (column.label(f"x_{column.name}") for column in table.c)
    return select(*mine, *PERSON_COLUMNS).join_from(table, person_table)


def _apart(kind: type[T], row: Any) -> tuple[T, Person]:
    mine = {name[2:]: value for name, value in row.items() if name.startswith("x_")}
    return _read(kind, mine), as_person({name: value for name, value in row.items() if not name.startswith("x_")})


def add_token(tx: Connection, person_id: str, digest: str, new: Token) -> None:
    row = {**msgspec.structs.asdict(new), "scopes": " ".join(new.scopes), "person": person_id, "digest": digest}
    tx.execute(insert(token_table).values(**row))


def token_and_person(tx: Connection, digest: str) -> tuple[Token, Person] | None:
    row = tx.execute(_with_person(token_table).where(t.digest == digest)).mappings().first()
    return _apart(Token, row) if row else None


def tokens_of(tx: Connection, person_id: str) -> list[Token]:
    """Newest first, those that are over too."""
    found = select(token_table).where(t.person == person_id).order_by(t.created_at.desc(), t.id.desc())
    return [_read(Token, row) for row in tx.execute(found).mappings()]


def count_tokens(tx: Connection, person_id: str) -> int:
    return tx.execute(select(func.count()).where(t.person == person_id)).scalar_one()


def touch_token(tx: Connection, token_id: str, now: datetime) -> None:
    tx.execute(update(token_table).where(t.id == token_id).values(seen_at=now))


def remove_tokens(tx: Connection, person_id: str, only: str = "") -> int:
    gone = delete(token_table).where(t.person == person_id)
    return tx.execute(gone.where(t.id == only) if only else gone).rowcount


def add_family(tx: Connection, new: Family) -> None:
    tx.execute(insert(family_table).values(**_written(new)))


def family_and_person(tx: Connection, family_id: str, now: datetime) -> tuple[Family, Person] | None:
    """One that has not ended, and whose it is."""
    found = _with_person(family_table).where(f.id == family_id, f.expires_at > now)
    row = tx.execute(found).mappings().first()
    return _apart(Family, row) if row else None


def families_of(tx: Connection, person_id: str, now: datetime) -> list[Family]:
    """Last used first."""
    found = select(family_table).where(f.person == person_id, f.expires_at > now).order_by(f.seen_at.desc(), f.id)
    return [_read(Family, row) for row in tx.execute(found).mappings()]


def touch_family(tx: Connection, family_id: str, **changes: datetime) -> None:
    tx.execute(update(family_table).where(f.id == family_id).values(**changes))


def end_families(tx: Connection, person_id: str, only: str = "") -> int:
    """How many ended; their refresh tokens go with them."""
    gone = delete(family_table).where(f.person == person_id)
    return tx.execute(gone.where(f.id == only) if only else gone).rowcount


def add_refresh(tx: Connection, digest: str, family_id: str, now: datetime) -> None:
    tx.execute(insert(refresh_table).values(digest=digest, family=family_id, created_at=now))


def family_of_refresh(tx: Connection, digest: str) -> str:
    return tx.execute(select(r.family).where(r.digest == digest)).scalar() or ""


def lock_family(tx: Connection, family_id: str) -> bool:
    """Whether it is there. Others that want it wait; always before its refresh tokens, so that none waits for ever."""
    return tx.execute(select(f.id).where(f.id == family_id).with_for_update()).scalar() is not None


def use_refresh(tx: Connection, digest: str, now: datetime) -> bool:
    """Whether it had not been used: of two at once, one."""
    once = update(refresh_table).where(r.digest == digest, r.used_at.is_(None)).values(used_at=now)
    return tx.execute(once).rowcount == 1


def add_code(tx: Connection, new: Code) -> None:
    tx.execute(insert(code_table).values(**_written(new)))


def use_code(tx: Connection, digest: str, now: datetime) -> tuple[Code | None, bool]:
    """The code, and whether it had not been used: of two at once, one."""
    once = update(code_table).where(c.digest == digest, c.used_at.is_(None)).values(used_at=now)
    first = tx.execute(once).rowcount == 1
    row = tx.execute(select(code_table).where(c.digest == digest)).mappings().first()
    return (_read(Code, row) if row else None), first


def note_family(tx: Connection, digest: str, family_id: str) -> None:
    tx.execute(update(code_table).where(c.digest == digest).values(family=family_id))


def add_device(tx: Connection, new: Device) -> None:
    tx.execute(insert(device_table).values(**_written(new)))


def device(tx: Connection, *, digest: str = "", user_code: str = "") -> Device | None:
    found = select(device_table).where(d.digest == digest if digest else d.user_code == user_code)
    row = tx.execute(found.with_for_update()).mappings().first()
    return _read(Device, row) if row else None


def change_device(tx: Connection, digest: str, **changes: Any) -> None:
    tx.execute(update(device_table).where(d.digest == digest).values(**changes))


def remove_device(tx: Connection, digest: str) -> bool:
    """Whether it was there: of two at once, one."""
    return tx.execute(delete(device_table).where(d.digest == digest)).rowcount == 1


def sweep(tx: Connection, now: datetime) -> None:
    """Remove what is over by itself. Tokens stay, so that their owner sees why a program is refused; codes stay for an
    hour, so that whoever comes with one is told why."""
    tx.execute(delete(family_table).where(f.expires_at <= now))
    for table in (code_table, device_table):
        tx.execute(delete(table).where(table.c.expires_at <= now - timedelta(hours=1)))


def signing_keys(tx: Connection) -> list[tuple[str, datetime, dict[str, Any], str]]:
    """(kid, made at, public JWK, sealed private key), newest first."""
    k = signing_key_table.c
    found = select(k.kid, k.created_at, k.public, k.sealed).order_by(k.created_at.desc(), k.kid)
    return [(row.kid, row.created_at, row.public, row.sealed) for row in tx.execute(found)]


def add_signing_key(tx: Connection, kid: str, now: datetime, public: dict[str, Any], sealed: str) -> None:
    tx.execute(insert(signing_key_table).values(kid=kid, created_at=now, public=public, sealed=sealed))


def remove_signing_keys(tx: Connection, made_before: datetime) -> None:
    tx.execute(delete(signing_key_table).where(signing_key_table.c.created_at < made_before))
