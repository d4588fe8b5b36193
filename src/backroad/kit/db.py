"""One database: SQLAlchemy Core, synchronous, a transaction a function.

SQLite writes on one thread; handing it work from an event loop is `await db.run(fn)`, and from plain code
`db.run_now(fn)`. `fn` gets the open connection and runs in one transaction: it commits when it returns and
rolls back when it raises.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError
from sqlalchemy.types import TypeDecorator

from backroad.kit.errors import Problem

T = TypeVar("T")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment, always aware and in UTC on the Python side, whatever the database keeps."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Database:
    """An engine and the thread that uses it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="db")

    def run_now(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one transaction, on this thread."""
        try:
            with self.engine.begin() as tx:
                return fn(tx)
        except DatabaseError as error:
            raise _explained(error) from error

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one transaction, on the database's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self.run_now, fn)

    def close(self) -> None:
        self._thread.shutdown(wait=True)
        self.engine.dispose()


def _explained(error: DatabaseError) -> Exception:
    """The file's own troubles in a sentence; everything else is a fault of ours and stays what it is."""
    text = str(error.orig)
    if "malformed" in text or "not a database" in text:
        return Problem(
            f"The database file is damaged ({text}).",
            "Restore a copy of it, or move it away and import your last export: backroad import FILE.",
            status=500,
        )
    if "unable to open" in text:
        return Problem(
            "The database file cannot be opened.",
            "Check that it is a file, that its folder is there, and that both are yours; backroad doctor names it.",
            status=500,
        )
    if "database is locked" in text:
        return Problem("The database is busy.", "Another Backroad is writing to it; try again in a moment.", status=503)
    if "disk is full" in text:
        return Problem("The disk is full, so nothing was saved.", "Free some space and try again.", status=507)
    if "disk I/O error" in text:
        return Problem(
            "The disk took no more, so nothing was saved.", "It may be full, or over a quota, or failing.", status=507
        )
    if "readonly" in text:
        return Problem("The database file cannot be written.", "Check who owns the file and its folder.", status=500)
    return error


def _engine(url: str) -> Engine:
    engine = create_engine(url)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions are begun by hand, so that a write never has to upgrade a read
    cursor = connection.cursor()
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON", "busy_timeout = 5000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def sqlite_url(path: Path) -> str:
    return f"sqlite:///{path}"
