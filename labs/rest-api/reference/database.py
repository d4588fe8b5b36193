"""Transactions on PostgreSQL, or on one SQLite file where there is no DATABASE_URL."""

import asyncio
import random
import sqlite3
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.parse import urlsplit

import psycopg

P = ParamSpec("P")
T = TypeVar("T")

CONNECTIONS = 4  # to PostgreSQL
PATIENCE = 3.0  # seconds a request waits for the database, its turn included
TRIES = 5  # of a transaction that surely left nothing behind
AGAIN = {"40001", "40P01"}  # serialization failure, deadlock: the database has undone it, and asks to try again


class Unavailable(Exception):
    """The database does not answer, or not in time."""


class Taken(Exception):
    """A unique index refuses the row."""


class Misconfigured(Exception):
    """A setting cannot be used; the message is for whoever starts the server."""


class Session:
    """One connection. Values are marked `?` in every statement, whatever the driver calls them."""

    lock = ""  # ends a SELECT whose rows are going to be changed

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        found: list[tuple[Any, ...]] = self.connection.execute(statement, values).fetchall()
        return found

    def do(self, statement: str, *values: Any) -> int:
        """The number of rows that it changed."""
        return int(self.connection.execute(statement, values).rowcount)


class Lite(Session):
    def __init__(self, path: Path) -> None:
        super().__init__(sqlite3.connect(path, isolation_level=None, check_same_thread=False))
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")
        self.connection.execute("PRAGMA foreign_keys = ON")

    def begin(self) -> None:
        self.connection.execute("BEGIN IMMEDIATE")  # the only writer from here on


class Postgres(Session):
    lock = " FOR UPDATE"

    def __init__(self, url: str) -> None:
        limits = "-c statement_timeout=3000 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000"
        super().__init__(psycopg.connect(url, connect_timeout=2, options=limits))

    def begin(self) -> None:
        """The driver begins a transaction with the first statement."""

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return super().rows(statement.replace("?", "%s"), *values)

    def do(self, statement: str, *values: Any) -> int:
        return super().do(statement.replace("?", "%s"), *values)


Engine = Callable[[], Lite | Postgres]


def engine_for(url: str | None, folder: Path) -> tuple[Engine, int]:
    """What opens a connection, and how many of them to use."""
    if url is None:
        return lambda: Lite(folder / "tasks.db"), 1
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("postgres", "postgresql") and parts.hostname and parts.port != 0
    except ValueError:
        fits = False
    if not fits:  # and not a word of what it says: there is a password in it
        raise Misconfigured("DATABASE_URL must look like postgresql://user:password@host:5432/name")
    return lambda: Postgres(url), CONNECTIONS


class Database:
    """A pool: each of a few threads has a connection of its own, opened when it is needed and after it broke."""

    def __init__(self, engine: Engine, connections: int) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(connections, "database")
        self._mine = threading.local()
        self._all: list[Lite | Postgres] = []

    async def run(self, work: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work(session, …)` as one transaction; may run it again, so it must do nothing but statements."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(PATIENCE):
                return await loop.run_in_executor(self._threads, self._tried, lambda db: work(db, *args, **kwargs))
        except TimeoutError:
            raise Unavailable from None

    def close(self) -> None:
        self._threads.shutdown()
        for session in self._all:
            session.connection.close()

    def _tried(self, work: Callable[[Session], T]) -> T:
        for attempt in range(TRIES):
            try:
                return self._once(work)
            except (psycopg.OperationalError, sqlite3.OperationalError) as error:  # before the commit: nothing is left
                if isinstance(error, psycopg.OperationalError) and error.sqlstate in AGAIN:
                    time.sleep(random.uniform(0, 0.02 * 2**attempt))  # so that the same two do not meet again
                elif attempt > 0:
                    raise Unavailable from error
        raise Unavailable

    def _once(self, work: Callable[[Session], T]) -> T:
        session = self._session()
        try:
            session.begin()
            result = work(session)
        except BaseException as error:
            self._undo(session)
            if isinstance(error, psycopg.errors.UniqueViolation | sqlite3.IntegrityError):
                raise Taken from error
            raise
        try:
            session.connection.commit()
        except (psycopg.Error, sqlite3.Error) as error:  # it may have happened or not: never a second time
            self._undo(session)
            raise Unavailable from error
        return result

    def _session(self) -> Lite | Postgres:
        session: Lite | Postgres | None = getattr(self._mine, "session", None)
        if session is None:
            session = self._mine.session = self._engine()
            self._all.append(session)
        return session

    def _undo(self, session: Lite | Postgres) -> None:
        try:
            session.connection.rollback()
        except (psycopg.Error, sqlite3.Error):
            self._all.remove(session)
            self._mine.session = None
            session.connection.close()
