"""Transactions on PostgreSQL: a bounded pool, a limit on every wait, and a second try where nothing is left behind."""

import asyncio
import contextlib
import os
import random
import socket
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Concatenate, ParamSpec, TypeVar

import psycopg
from psycopg import errors

P = ParamSpec("P")
T = TypeVar("T")
Connection = psycopg.Connection[tuple[Any, ...]]

TRIES = 5  # of a transaction that surely left nothing behind
AGAIN = {"40001", "40P01"}  # serialization failure, deadlock: the database has undone it, and asks to try again
TOO_SLOW = {"57014", "55P03"}  # a statement or a lock took too long: it would again
# The database gives up a little before its caller does, so that the connection lives on.
LIMITS = "-c statement_timeout=2500 -c lock_timeout=2000 -c idle_in_transaction_session_timeout=10000 -c timezone=UTC"
OLD_SCHEMA = "the schema is older than this program needs: run python manage.py migrate"
SILENT = "the database did not answer in time"


class Unavailable(Exception):
    """The database cannot do it now. The text says why, for the log."""


class Turn:
    """One request's use of a connection. `end` comes from the event loop, while a thread waits for the database."""

    def __init__(self) -> None:
        self.over = False
        self._lock = threading.Lock()
        self._connection: Connection | None = None

    def take(self, connection: Connection | None) -> None:
        with self._lock:
            if self.over and connection is not None:
                raise Unavailable(SILENT)
            self._connection = connection

    def end(self) -> None:
        """Hangs up on a database that says nothing: the thread would wait for it as long as TCP does."""
        with self._lock:
            self.over = True
            if self._connection is not None:
                hang_up(self._connection)


class Database:
    """Each of a few threads has a connection of its own, opened when it is needed and after it broke."""

    def __init__(self, url: str, *, connections: int, patience: float) -> None:
        self._url = url
        self._patience = patience  # seconds that a request waits, its turn included
        self._threads = ThreadPoolExecutor(connections, "database")
        self._mine = threading.local()
        self._all: set[Connection] = set()

    async def run(self, work: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs `work(connection, …)` as one transaction; may run it again, so it must do nothing but statements."""
        turn, loop = Turn(), asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience):
                tried = loop.run_in_executor(self._threads, self._tried, turn, lambda db: work(db, *args, **kwargs))
                return await tried
        except TimeoutError:
            raise Unavailable(SILENT) from None
        finally:
            turn.end()

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        for connection in list(self._all):
            connection.close()

    def _tried(self, turn: Turn, work: Callable[[Connection], T]) -> T:
        for attempt in range(TRIES):
            fresh = getattr(self._mine, "connection", None) is None
            try:
                return self._once(turn, work)
            except psycopg.OperationalError as error:  # before the commit: nothing is left
                if turn.over:
                    break
                if error.sqlstate in AGAIN:
                    time.sleep(random.uniform(0, 0.02 * 2**attempt))  # so that the same two do not meet again
                elif fresh or attempt > 0 or error.sqlstate in TOO_SLOW:
                    raise Unavailable(why(error)) from None
                # Else it was a connection that we kept, and that may have died long ago: worth one more.
            except (errors.UndefinedTable, errors.UndefinedColumn):
                raise Unavailable(OLD_SCHEMA) from None
        raise Unavailable(SILENT)

    def _once(self, turn: Turn, work: Callable[[Connection], T]) -> T:
        connection = self._connection()
        try:
            turn.take(connection)
            try:
                result = work(connection)
            except BaseException:
                self._undo(connection)
                raise
            try:
                connection.commit()
            except psycopg.Error as error:
                self._undo(connection)
                if error.sqlstate in AGAIN:
                    raise
                raise Unavailable(why(error)) from None  # it may have happened or not: never a second time
            return result
        finally:
            turn.take(None)

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._mine, "connection", None)
        if connection is None:
            connection = psycopg.connect(self._url, connect_timeout=2, options=LIMITS)
            self._mine.connection = connection
            self._all.add(connection)
        return connection

    def _undo(self, connection: Connection) -> None:
        try:
            connection.rollback()
        except psycopg.Error:
            self._all.discard(connection)
            self._mine.connection = None
            connection.close()


def hang_up(connection: Connection) -> None:
    """From another thread than the one that uses it: its wait ends with an error."""
    with contextlib.suppress(psycopg.Error, OSError), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)


def why(error: psycopg.Error) -> str:
    """The last words of the driver, which name neither the password nor the connection string."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return f"the database says: {lines[0].rpartition(': ')[2].strip()[:200]}"
