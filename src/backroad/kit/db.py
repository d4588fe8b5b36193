"""One database: SQLAlchemy Core, synchronous, a transaction a function.

SQLite is used on one thread, PostgreSQL on four; handing them work from an event loop is `await db.run(fn)`, and from
plain code `db.run_now(fn)`. `fn` gets the open connection and runs in one transaction: it commits when it returns and
rolls back when it raises. On PostgreSQL a transaction that lost a deadlock or could not be serialized is run again, so
`fn` may be called more than once: it must do nothing but read and write the database.
"""

import asyncio
import contextvars
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, DateTime, Dialect, Engine, MetaData, create_engine, event
from sqlalchemy.exc import DatabaseError, DataError, OperationalError
from sqlalchemy.types import TypeDecorator

from backroad.kit.errors import NUL, Problem

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


POSTGRESQL_THREADS = 4
TRIES = 5
"""How often a transaction is run that loses against others."""
_LOST = ("40001", "40P01")
"""SQLSTATE of a transaction that could not be serialized, and of one that lost a deadlock."""


class Database:
    """An engine and the threads that use it."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _engine(url)
        threads = 1 if self.is_sqlite else POSTGRESQL_THREADS
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="db")

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == "sqlite"

    def run_now(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one transaction, on this thread."""
        for number in range(1, TRIES + 1):
            try:
                with self.engine.begin() as tx:
                    return fn(tx)
            except DatabaseError as error:
                if number == TRIES or getattr(error.orig, "sqlstate", None) not in _LOST:
                    raise _explained(error) from error
                time.sleep(0.01 * number)
        raise AssertionError("the last try returns or raises")

    async def run(self, fn: Callable[[Connection], T]) -> T:
        """Run `fn` in one transaction, on a thread of the database."""
        work = contextvars.copy_context().run  # what is logged and measured on the thread belongs to the request
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, self.run_now, fn)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        self.engine.dispose()


def _explained(error: DatabaseError) -> Exception:
    """The database's own troubles in a sentence; everything else is a fault of ours and stays what it is."""
    text = str(error.orig)
    if not isinstance(error.orig, sqlite3.Error):
        return _explained_postgresql(error, getattr(error.orig, "sqlstate", None))
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


def _explained_postgresql(error: DatabaseError, state: str | None) -> Exception:
    """By SQLSTATE (PostgreSQL's manual, appendix A); a connection that could not be made or was lost has none, nor has
    a text that never left this process."""
    if isinstance(error, DataError) and "NUL" in str(error.orig):
        return Problem(NUL)
    if not state and not isinstance(error, OperationalError):
        return error
    again = "Try again in a moment; whoever runs this server finds more in its log."
    match (state or "")[:2]:
        case "" | "08" | "57":
            return Problem("The database cannot be reached.", again, status=503)
        case "28" | "3D":
            return Problem("The database refused the server's name or password.", again, status=503)
        case "53":
            return Problem("The database has no more room or connections, so nothing was saved.", again, status=503)
        case "40" | "55":
            return Problem("The database is busy, and nothing was saved.", again, status=503)
        case "25":
            return Problem("The database takes no writes at the moment.", again, status=503)
    return error


def _engine(url: str) -> Engine:
    if not url.startswith("postgresql"):
        engine = create_engine(url, hide_parameters=True)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_immediate)
        return engine
    options = "-c timezone=UTC -c statement_timeout=30s -c lock_timeout=10s -c idle_in_transaction_session_timeout=60s"
    # As many connections as threads and one for plain code; one that broke while it lay idle is replaced unseen.
    return create_engine(
        url,
        hide_parameters=True,  # errors are logged, and values of rows are people's
        pool_size=POSTGRESQL_THREADS + 1,
        max_overflow=POSTGRESQL_THREADS,
        pool_pre_ping=True,
        pool_recycle=1800,
        connect_args={"options": options, "connect_timeout": 5, "application_name": "backroad"},
    )


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
