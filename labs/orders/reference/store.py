"""One service's data: an SQLite file, with an inbox and an outbox beside the tables of the service.

What a service changes and what it tells the others are written in one transaction (the outbox), and so are what it
changes and the note that it has worked a message (the inbox). That is the whole trick: whatever is killed, both
happened or neither, and what is delivered twice works once.
"""

import asyncio
import sqlite3
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec
import tracing

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    message BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS inbox (
    message TEXT PRIMARY KEY,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS parked (
    message TEXT PRIMARY KEY,
    content BLOB NOT NULL,
    reason TEXT NOT NULL
) STRICT;
"""


class Message(msgspec.Struct, frozen=True):
    """`key`: messages of one key are worked one after the other, in the order in which they were sent."""

    id: str
    kind: str
    key: str
    traceparent: str
    body: dict[str, Any]


class Store:
    def __init__(self, path: Path, schema: str) -> None:
        self._thread = ThreadPoolExecutor(1, "store")  # one writer: there is nobody to race with
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(SCHEMA + schema)
        self.news = asyncio.Event()  # the outbox holds something

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one of the methods of a store on its thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    async def change(self, work: Callable[..., T], *args: Any) -> T:
        """work(db, *args) in one transaction; what it put into the outbox goes out soon after."""

        def transaction() -> T:
            with self.transaction() as db:
                return work(db, *args)

        context = copy_context()  # so that what is sent carries the trace
        result = await asyncio.get_running_loop().run_in_executor(self._thread, context.run, transaction)
        self.news.set()
        return result

    async def work_once(self, message: Message, work: Callable[..., None], *args: Any) -> None:
        """Like change(), unless this message was worked before: brokers deliver at least once, not once."""

        def unless_seen(db: sqlite3.Connection) -> None:
            seen = db.execute("INSERT OR IGNORE INTO inbox VALUES (?, ?)", (message.id, now())).rowcount == 0
            if not seen:
                work(db, *args)

        await self.change(unless_seen)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        return self._db.execute(query, values).fetchall()

    def row(self, query: str, *values: Any) -> sqlite3.Row | None:
        row: sqlite3.Row | None = self._db.execute(query, values).fetchone()
        return row

    def waiting(self) -> list[sqlite3.Row]:
        """What is still to be published, oldest first."""
        return self.rows("SELECT id, queue, message FROM outbox ORDER BY id LIMIT 100")

    def published(self, number: int) -> None:
        with self.transaction() as db:
            db.execute("DELETE FROM outbox WHERE id = ?", (number,))

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()


def send(db: sqlite3.Connection, queue: str, kind: str, key: str, body: dict[str, Any]) -> None:
    """Into the outbox, within the transaction that it belongs to."""
    message = Message(str(uuid.uuid4()), kind, key, tracing.traceparent(), body)
    db.execute("INSERT INTO outbox (queue, message) VALUES (?, ?)", (queue, msgspec.json.encode(message)))


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000
