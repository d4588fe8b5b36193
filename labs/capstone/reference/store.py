"""Links and owners: every statement. The functions run inside `Database.run`, on a connection in a transaction."""

import hashlib
import secrets
import string
from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec
from database import Connection
from psycopg.rows import class_row

COLUMNS = "id, slug, url, title, clicks, version, created_at, expires_at"
LETTERS = string.ascii_letters + string.digits
RESERVE = "SELECT nextval(pg_get_serial_sequence('links', 'id')) FROM generate_series(1, %s)"
INSERT = f"""
INSERT INTO links (id, slug, owner, url, title, expires_at)
SELECT draft.id, draft.slug, %s, draft.url, draft.title, draft.expires_at
FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::timestamptz[])
    AS draft (id, slug, url, title, expires_at)
ORDER BY draft.slug
ON CONFLICT (slug) DO NOTHING
RETURNING {COLUMNS}
"""


class Link(msgspec.Struct, frozen=True):
    id: int
    slug: str
    url: str
    title: str | None
    clicks: int
    version: int
    created_at: datetime
    expires_at: datetime | None


class Stranger(Exception):
    """Nobody has this key."""


class Unknown(Exception):
    """There is no such link, or it is somebody else's: the two must look the same."""


class Taken(Exception):
    """The alias has an owner already."""


class Stale(Exception):
    """The link has changed since the client read it."""


class Expired(Exception):
    """The link was there once."""


def add_owner(db: Connection, name: str) -> tuple[str, str]:
    """(owner, key). Only the hash is kept. The key is random, so a fast hash is enough."""
    owner, key = secrets.token_hex(8), secrets.token_urlsafe(24)
    db.execute("INSERT INTO owners (id, name, key_hash) VALUES (%s, %s, %s)", (owner, name, hash_of(key)))
    return owner, key


def owner_of(db: Connection, key: str) -> str:
    row = db.execute("SELECT id FROM owners WHERE key_hash = %s", (hash_of(key),)).fetchone()
    if row is None:
        raise Stranger
    return str(row[0])


def add(db: Connection, owner: str, drafts: list[dict[str, Any]]) -> list[Link]:
    """All of them or none. Ids follow the order of the drafts, and a larger id is a newer link.

    Rows are inserted in the order of their slugs: two batches that want the same aliases then wait for one another,
    where in any other order each could hold what the other wants.
    """
    ids = [number for (number,) in db.execute(RESERVE, (len(drafts),))]
    slugs = [draft.get("alias") or new_slug() for draft in drafts]
    columns = [[draft.get(name) for draft in drafts] for name in ("url", "title", "expires_at")]
    with db.cursor(row_factory=class_row(Link)) as cursor:
        links = cursor.execute(INSERT, (owner, ids, slugs, *columns)).fetchall()
    if len(links) < len(drafts):
        raise Taken
    return sorted(links, key=lambda link: link.id)


def find(db: Connection, owner: str, slug: str, lock: str = "") -> Link:
    query = f"SELECT {COLUMNS} FROM links WHERE slug = %s AND owner = %s {lock}"
    with db.cursor(row_factory=class_row(Link)) as cursor:
        link = cursor.execute(query.encode(), (slug, owner)).fetchone()
    if link is None:
        raise Unknown(slug)
    return link


def page(db: Connection, owner: str, limit: int, before: int) -> list[Link]:
    """Newest first, of those with an id below `before`: a place in the order, which inserts do not move."""
    query = f"SELECT {COLUMNS} FROM links WHERE owner = %s AND id < %s ORDER BY id DESC LIMIT %s"
    with db.cursor(row_factory=class_row(Link)) as cursor:
        return cursor.execute(query, (owner, before, limit)).fetchall()


def change(db: Connection, owner: str, slug: str, changes: dict[str, Any], expected: Callable[[Link], bool]) -> Link:
    link = find(db, owner, slug, "FOR UPDATE")  # so that nobody changes it between our look and our change
    if not expected(link):
        raise Stale(slug)
    new = msgspec.structs.replace(link, version=link.version + 1, **changes)
    query = "UPDATE links SET url = %s, title = %s, expires_at = %s, version = %s WHERE id = %s"
    db.execute(query, (new.url, new.title, new.expires_at, new.version, new.id))
    return new


def remove(db: Connection, owner: str, slug: str, expected: Callable[[Link], bool]) -> None:
    link = find(db, owner, slug, "FOR UPDATE")
    if not expected(link):
        raise Stale(slug)
    db.execute("DELETE FROM links WHERE id = %s", (link.id,))


def click(db: Connection, slug: str) -> str:
    """The target, counted as a click: one statement, so that no two clicks can both write the same count.

    It is in the database before the answer, so every instance tells the same count, and a stop has nothing to write.
    It need not be on the disk: losing power may cost the clicks of the last second, and waiting costs every visitor.
    """
    db.execute("SET LOCAL synchronous_commit = off")
    query = (
        "UPDATE links SET clicks = clicks + 1"
        " WHERE slug = %s AND (expires_at IS NULL OR expires_at > clock_timestamp()) RETURNING url"
    )
    row = db.execute(query, (slug,)).fetchone()
    return str(row[0]) if row else peek(db, slug)


def peek(db: Connection, slug: str) -> str:
    """The target, not counted. The database's clock decides, since instances have one each."""
    query = "SELECT url, expires_at IS NOT NULL AND expires_at <= clock_timestamp() FROM links WHERE slug = %s"
    row = db.execute(query, (slug,)).fetchone()
    if row is None:
        raise Unknown(slug)
    url, expired = row
    if expired:
        raise Expired(slug)
    return str(url)


def new_slug() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(8))


def hash_of(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
