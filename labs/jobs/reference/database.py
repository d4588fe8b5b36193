"""One SQL for two databases: PostgreSQL where DATABASE_URL says so, else SQLite in one file.

The verbs are functions of `people.py`, `postings.py`, `applications.py` and `resumes.py`; their first argument is a
session, which lasts as long as one transaction.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar

from psycopg.errors import UniqueViolation
from psycopg_pool import ConnectionPool

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS companies (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS people (
    position {growing},
    id TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    role TEXT NOT NULL,
    company TEXT REFERENCES companies (id),
    key_hash TEXT NOT NULL UNIQUE
);
CREATE TABLE IF NOT EXISTS postings (
    position {growing},
    id TEXT NOT NULL UNIQUE,
    recruiter TEXT NOT NULL REFERENCES people (id),
    company TEXT NOT NULL REFERENCES companies (id),
    reference TEXT UNIQUE,
    title TEXT NOT NULL,
    description TEXT,
    place TEXT,
    remote BOOLEAN NOT NULL,
    salary BIGINT,
    openings BIGINT NOT NULL,
    hired BIGINT NOT NULL DEFAULT 0,
    state TEXT NOT NULL,
    closes_at BIGINT,
    created_at BIGINT NOT NULL,
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX IF NOT EXISTS postings_of_recruiter ON postings (recruiter, position);
CREATE INDEX IF NOT EXISTS postings_of_company ON postings (company, position);
CREATE INDEX IF NOT EXISTS postings_by_state ON postings (state, position);
CREATE TABLE IF NOT EXISTS resumes (
    position {growing},
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL REFERENCES people (id),
    name TEXT NOT NULL,
    size BIGINT NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS resumes_of_owner ON resumes (owner, position);
CREATE TABLE IF NOT EXISTS applications (
    position {growing},
    id TEXT NOT NULL UNIQUE,
    posting TEXT NOT NULL REFERENCES postings (id) ON DELETE CASCADE,
    candidate TEXT NOT NULL REFERENCES people (id),
    resume TEXT NOT NULL REFERENCES resumes (id),
    letter TEXT,
    state TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (posting, candidate)
);
CREATE INDEX IF NOT EXISTS applications_of_posting ON applications (posting, position);
CREATE INDEX IF NOT EXISTS applications_of_candidate ON applications (candidate, position);
CREATE INDEX IF NOT EXISTS applications_with_resume ON applications (resume);
"""


class Conflict(Exception):
    """A unique index refuses."""


class Session:
    """Statements of one transaction; `?` stands for a value in both databases."""

    for_update = ""  # what keeps others from a row that was read to be changed

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return list(self._connection.execute(sql, values).fetchall())

    def row(self, sql: str, *values: Any) -> Any:
        return self._connection.execute(sql, values).fetchone()

    def change(self, sql: str, *values: Any) -> int:
        """How many rows it changed."""
        try:
            return int(self._connection.execute(sql, values).rowcount)
        except (sqlite3.IntegrityError, UniqueViolation):
            raise Conflict from None


class PostgresSession(Session):
    for_update = " FOR UPDATE"

    def rows(self, sql: str, *values: Any) -> list[Any]:
        return super().rows(sql.replace("?", "%s"), *values)

    def row(self, sql: str, *values: Any) -> Any:
        return super().row(sql.replace("?", "%s"), *values)

    def change(self, sql: str, *values: Any) -> int:
        return super().change(sql.replace("?", "%s"), *values)


class Database:
    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "database")

    async def run(self, verb: Callable[Concatenate[Session, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """One verb, in a transaction and on a thread of its own."""

        def work() -> T:
            with self.transaction() as session:
                return verb(session, *args, **kwargs)

        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def transaction(self) -> AbstractContextManager[Session]:
        raise NotImplementedError

    def close(self) -> None:
        self._threads.shutdown()


class Sqlite(Database):
    def __init__(self, folder: Path) -> None:
        super().__init__(threads=1)  # one writer: nobody to race with, and nothing to wait for
        self._connection = sqlite3.connect(folder / "jobs.db", isolation_level=None, check_same_thread=False)
        self._connection.execute("PRAGMA journal_mode = WAL")
        self._connection.execute("PRAGMA synchronous = FULL")  # what was answered is on the disk
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.execute("PRAGMA busy_timeout = 5000")
        self._connection.executescript(SCHEMA.format(growing="INTEGER PRIMARY KEY AUTOINCREMENT"))

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield Session(self._connection)
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def close(self) -> None:
        super().close()
        self._connection.close()


class Postgres(Database):
    def __init__(self, url: str, connections: int = 4) -> None:
        super().__init__(threads=connections)
        check = ConnectionPool.check_connection  # one that the server has closed is replaced before it is used
        self._pool = ConnectionPool(url, min_size=1, max_size=connections, open=True, check=check)
        with self._pool.connection() as connection:
            connection.execute(SCHEMA.format(growing="BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY").encode())

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        with self._pool.connection() as connection:
            yield PostgresSession(connection)

    def close(self) -> None:
        super().close()
        self._pool.close()
