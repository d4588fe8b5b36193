"""Links and owners in SQLite: one file, one writer."""

import asyncio
import hashlib
import secrets
import sqlite3
import string
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS owners (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    key_hash BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS links (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    slug TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL REFERENCES owners (id),
    url TEXT NOT NULL,
    title TEXT,
    clicks INTEGER NOT NULL DEFAULT 0,
    version INTEGER NOT NULL DEFAULT 1,
    created_at INTEGER NOT NULL,
    expires_at INTEGER
) STRICT;
CREATE INDEX IF NOT EXISTS links_of_owner ON links (owner, id);
"""
COLUMNS = "id, slug, url, title, clicks, version, created_at, expires_at"
LETTERS = string.ascii_letters + string.digits


class Link(msgspec.Struct, frozen=True):
    """Times are in milliseconds since 1970."""

    id: int
    slug: str
    url: str
    title: str | None
    clicks: int
    version: int
    created_at: int
    expires_at: int | None


class Unknown(Exception):
    """There is no such link, or it is somebody else's: the two must look the same."""


class Taken(Exception):
    """The alias has an owner already."""


class Stale(Exception):
    """The link has changed since the client read it."""


class Expired(Exception):
    """The link was there once."""


class Store:
    def __init__(self, folder: Path) -> None:
        # One thread does all the work: what it does is brief, and there is nobody to race with.
        self._thread = ThreadPoolExecutor(1, "store")
        # What a client was promised goes to the disk before the answer (FULL). A click need not: NORMAL leaves it in
        # the system's hands, where it survives a crash of this process though not a power cut.
        self._links = self._connect(folder / "links.db", "FULL")
        self._clicks = self._connect(folder / "links.db", "NORMAL")
        self._links.executescript(SCHEMA)

    @staticmethod
    def _connect(path: Path, synchronous: str) -> sqlite3.Connection:
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        return connection

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one of the methods below on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._thread.shutdown()
        self._clicks.close()
        self._links.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._links.execute("BEGIN IMMEDIATE")
        try:
            yield self._links
        except BaseException:
            self._links.execute("ROLLBACK")
            raise
        self._links.execute("COMMIT")

    def add_owner(self, name: str) -> tuple[str, str]:
        """(owner, key). Only the hash is kept. The key is random, so a fast hash is enough."""
        owner, key = secrets.token_hex(8), secrets.token_urlsafe(24)
        with self._transaction() as db:
            db.execute("INSERT INTO owners VALUES (?, ?, ?)", (owner, name, _hash(key)))
        return owner, key

    def owner_of(self, key: str) -> str | None:
        row = self._links.execute("SELECT id FROM owners WHERE key_hash = ?", (_hash(key),)).fetchone()
        return row[0] if row else None

    def add(self, owner: str, drafts: list[dict[str, Any]], now: int) -> list[Link]:
        """All of them or none."""
        with self._transaction() as db:
            return [self._insert(db, owner, draft, now) for draft in drafts]

    def _insert(self, db: sqlite3.Connection, owner: str, draft: dict[str, Any], now: int) -> Link:
        alias = draft.get("alias")
        while True:
            slug = alias or "".join(secrets.choice(LETTERS) for _ in range(8))
            rows = db.execute(
                "INSERT INTO links (slug, owner, url, title, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)"
                f" ON CONFLICT (slug) DO NOTHING RETURNING {COLUMNS}",
                (slug, owner, draft["url"], draft.get("title"), now, draft.get("expires_at")),
            ).fetchall()
            if rows:
                return Link(*rows[0])
            if alias:
                raise Taken(alias)

    def find(self, owner: str, slug: str) -> Link:
        query = f"SELECT {COLUMNS} FROM links WHERE slug = ? AND owner = ?"
        row = self._links.execute(query, (slug, owner)).fetchone()
        if row is None:
            raise Unknown(slug)
        return Link(*row)

    def page(self, owner: str, limit: int, before: int) -> list[Link]:
        """Newest first, of those with an id below `before`: a place in the order, which inserts do not move."""
        query = f"SELECT {COLUMNS} FROM links WHERE owner = ? AND id < ? ORDER BY id DESC LIMIT ?"
        return [Link(*row) for row in self._links.execute(query, (owner, before, limit))]

    def change(self, owner: str, slug: str, changes: dict[str, Any], expected: Callable[[Link], bool]) -> Link:
        with self._transaction() as db:
            link = self.find(owner, slug)
            if not expected(link):
                raise Stale(slug)
            new = msgspec.structs.replace(link, version=link.version + 1, **changes)
            query = "UPDATE links SET url = ?, title = ?, expires_at = ?, version = ? WHERE id = ?"
            db.execute(query, (new.url, new.title, new.expires_at, new.version, new.id))
            return new

    def remove(self, owner: str, slug: str, expected: Callable[[Link], bool]) -> None:
        with self._transaction() as db:
            link = self.find(owner, slug)
            if not expected(link):
                raise Stale(slug)
            db.execute("DELETE FROM links WHERE id = ?", (link.id,))

    def click(self, slug: str, now: int) -> str:
        """The target, counted as a click: one statement, so that no two clicks can both write the same count."""
        query = (
            "UPDATE links SET clicks = clicks + 1"
            " WHERE slug = ? AND (expires_at IS NULL OR expires_at > ?) RETURNING url"
        )
        rows = self._clicks.execute(query, (slug, now)).fetchall()
        return rows[0][0] if rows else self.peek(slug, now)

    def peek(self, slug: str, now: int) -> str:
        """The target, not counted."""
        row = self._clicks.execute("SELECT url, expires_at FROM links WHERE slug = ?", (slug,)).fetchone()
        if row is None:
            raise Unknown(slug)
        url: str = row[0]
        expires_at: int | None = row[1]
        if expires_at is not None and expires_at <= now:
            raise Expired(slug)
        return url


def _hash(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogateescape")).digest()
