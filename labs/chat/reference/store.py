"""People, rooms and messages in SQLite: one file, which several processes of one machine may share."""

import asyncio
import hashlib
import secrets
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
T = TypeVar("T")

TICKET_SECONDS = 30
SCHEMA = """
CREATE TABLE IF NOT EXISTS people (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    token_hash BLOB NOT NULL UNIQUE
) STRICT;
CREATE TABLE IF NOT EXISTS tickets (
    hash BLOB PRIMARY KEY,
    person TEXT NOT NULL REFERENCES people (id),
    ends_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS rooms (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    topic TEXT,
    owner TEXT NOT NULL REFERENCES people (id),
    last_seq INTEGER NOT NULL DEFAULT 0,
    created_at INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS members (
    person TEXT NOT NULL REFERENCES people (id),
    room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    PRIMARY KEY (person, room)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS members_of_room ON members (room);
CREATE TABLE IF NOT EXISTS messages (
    room INTEGER NOT NULL REFERENCES rooms (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    person TEXT NOT NULL,
    id TEXT NOT NULL,
    text TEXT NOT NULL,
    sent_at INTEGER NOT NULL,
    PRIMARY KEY (room, seq),
    UNIQUE (room, person, id)
) STRICT, WITHOUT ROWID;
"""
ROOM = "rooms.id, rooms.name, rooms.topic, rooms.owner, rooms.last_seq, rooms.created_at"


class Room(msgspec.Struct, frozen=True):
    id: int
    name: str
    topic: str | None
    owner: str
    last_seq: int
    created_at: int  # milliseconds since 1970


class Message(msgspec.Struct, frozen=True):
    seq: int
    person: str
    id: str  # that its sender gave it
    text: str
    sent_at: int


class Unknown(Exception):
    """It is not there, or not for this person: the two must look the same."""


class Taken(Exception):
    """The name has a room already."""


class Forbidden(Exception):
    """Only the owner may."""


class Reused(Exception):
    """The id of a message stands for another text already."""


class Store:
    def __init__(self, folder: Path) -> None:
        # One thread does all the work: what it does is brief, and within this process there is nobody to race with.
        # The other process waits its turn (timeout) at BEGIN IMMEDIATE.
        self._thread = ThreadPoolExecutor(1, "store")
        self._db = sqlite3.connect(folder / "chat.db", isolation_level=None, check_same_thread=False, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # what was acknowledged is on the disk
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.executescript(SCHEMA)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one of the methods below on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def add_person(self, name: str) -> tuple[str, str]:
        """(id, token). Only the hash is kept. The token is random, so a fast hash is enough."""
        person, token = secrets.token_hex(8), secrets.token_urlsafe(24)
        with self._transaction() as db:
            db.execute("INSERT INTO people VALUES (?, ?, ?)", (person, name, _hash(token)))
        return person, token

    def person_of(self, token: str) -> str | None:
        row = self._db.execute("SELECT id FROM people WHERE token_hash = ?", (_hash(token),)).fetchone()
        return row[0] if row else None

    def add_ticket(self, person: str, now: int) -> str:
        ticket = secrets.token_urlsafe(24)
        with self._transaction() as db:
            db.execute("DELETE FROM tickets WHERE ends_at <= ?", (now,))
            db.execute("INSERT INTO tickets VALUES (?, ?, ?)", (_hash(ticket), person, now + TICKET_SECONDS * 1000))
        return ticket

    def use_ticket(self, ticket: str, now: int) -> str | None:
        """The person, once: the statement that looks is the one that deletes."""
        query = "DELETE FROM tickets WHERE hash = ? AND ends_at > ? RETURNING person"
        rows = self._db.execute(query, (_hash(ticket), now)).fetchall()
        return rows[0][0] if rows else None

    def add_room(self, owner: str, name: str, topic: str | None, now: int) -> Room:
        query = (
            "INSERT INTO rooms (name, topic, owner, created_at) VALUES (?, ?, ?, ?)"
            f" ON CONFLICT (name) DO NOTHING RETURNING {ROOM.replace('rooms.', '')}"
        )
        with self._transaction() as db:
            rows = db.execute(query, (name, topic, owner, now)).fetchall()
            if not rows:
                raise Taken(name)
            db.execute("INSERT INTO members VALUES (?, ?)", (owner, rows[0][0]))
        return Room(*rows[0])

    def room(self, person: str, name: str) -> Room:
        query = f"SELECT {ROOM} FROM rooms JOIN members ON room = rooms.id WHERE name = ? AND person = ?"
        row = self._db.execute(query, (name, person)).fetchone()
        if row is None:
            raise Unknown(name)
        return Room(*row)

    def rooms(self, person: str, limit: int, before: int) -> list[Room]:
        """Newest first, of those with an id below `before`: a place in the order, which inserts do not move."""
        query = (
            f"SELECT {ROOM} FROM members JOIN rooms ON rooms.id = room"
            " WHERE person = ? AND room < ? ORDER BY room DESC LIMIT ?"
        )
        return [Room(*row) for row in self._db.execute(query, (person, before, limit))]

    def _owned(self, person: str, name: str) -> Room:
        room = self.room(person, name)
        if room.owner != person:
            raise Forbidden(name)
        return room

    def change_room(self, person: str, name: str, changes: dict[str, str | None]) -> Room:
        with self._transaction() as db:
            room = msgspec.structs.replace(self._owned(person, name), **changes)
            db.execute("UPDATE rooms SET topic = ? WHERE id = ?", (room.topic, room.id))
            return room

    def remove_room(self, person: str, name: str) -> int:
        with self._transaction() as db:
            room = self._owned(person, name)
            db.execute("DELETE FROM rooms WHERE id = ?", (room.id,))
            return room.id

    def members(self, person: str, name: str) -> list[tuple[str, str]]:
        query = "SELECT id, name FROM members JOIN people ON id = person WHERE room = ? ORDER BY id"
        return self._db.execute(query, (self.room(person, name).id,)).fetchall()

    def add_member(self, person: str, name: str, other: str) -> None:
        with self._transaction() as db:
            room = self._owned(person, name)
            if db.execute("SELECT 1 FROM people WHERE id = ?", (other,)).fetchone() is None:
                raise Unknown(other)
            db.execute("INSERT INTO members VALUES (?, ?) ON CONFLICT DO NOTHING", (other, room.id))

    def remove_member(self, person: str, name: str, other: str) -> int:
        """The owner removes anybody but themselves, and everybody may leave."""
        with self._transaction() as db:
            room = self.room(person, name)
            if person not in (room.owner, other) or other == room.owner:
                raise Forbidden(name)
            if not db.execute("DELETE FROM members WHERE person = ? AND room = ?", (other, room.id)).rowcount:
                raise Unknown(other)
            return room.id

    def add_message(self, room: int, person: str, message_id: str, text: str, now: int) -> tuple[int, bool]:
        """(seq, whether it is new). The counter and the message are written together: no gap, no number twice."""
        with self._transaction() as db:
            if db.execute("SELECT 1 FROM members WHERE person = ? AND room = ?", (person, room)).fetchone() is None:
                raise Unknown(room)
            query = "SELECT seq, text FROM messages WHERE room = ? AND person = ? AND id = ?"
            known = db.execute(query, (room, person, message_id)).fetchone()
            if known is not None:
                if known[1] != text:
                    raise Reused(message_id)
                return known[0], False
            query = "UPDATE rooms SET last_seq = last_seq + 1 WHERE id = ? RETURNING last_seq"
            [(seq,)] = db.execute(query, (room,)).fetchall()
            db.execute("INSERT INTO messages VALUES (?, ?, ?, ?, ?, ?)", (room, seq, person, message_id, text, now))
        return seq, True

    def messages(self, room: int, after: int, limit: int) -> list[Message]:
        query = "SELECT seq, person, id, text, sent_at FROM messages WHERE room = ? AND seq > ? ORDER BY seq LIMIT ?"
        return [Message(*row) for row in self._db.execute(query, (room, after, limit))]

    def state(self, room: int) -> tuple[int, set[str]] | None:
        """(last seq, members); None if the room is gone."""
        row = self._db.execute("SELECT last_seq FROM rooms WHERE id = ?", (room,)).fetchone()
        members = self._db.execute("SELECT person FROM members WHERE room = ?", (room,))
        return (row[0], {person for (person,) in members}) if row else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()
