"""One session with a PostgreSQL server, at the level of libpq: bounded in time, in rows and in bytes. In the child.

A session never blocks for longer than a moment. Once its deadline has passed, or its database has become too large, it
is cut off; the server's own bounds are what a learner's statements could set otherwise.
"""

import contextlib
import math
import select
import time
from collections.abc import Callable
from typing import Any

from psycopg import pq

MOST_ROWS = 1000
LONGEST_RESULT = 256 * 1024
LARGEST = 128 * 1024 * 1024  # bytes of a database, the 8 MiB of an empty one counted
WATCH_AFTER, WATCH_EVERY = 0.2, 0.1
INTEGERS, FLOATS, BOOL, BYTES, NUMERIC = {20, 21, 23, 26}, {700, 701}, 16, 17, 1700
_GOOD = (pq.ExecStatus.TUPLES_OK, pq.ExecStatus.COMMAND_OK, pq.ExecStatus.SINGLE_TUPLE, pq.ExecStatus.EMPTY_QUERY)
_COPY = (pq.ExecStatus.COPY_IN, pq.ExecStatus.COPY_OUT, pq.ExecStatus.COPY_BOTH)


class Stopped(Exception):
    """It ended early, with this SQLSTATE; `refused` names what cannot be used."""

    def __init__(self, said: str, state: str, refused: str = "") -> None:
        super().__init__(said)
        self.state = state
        self.refused = refused


def failed(stopped: Stopped) -> dict[str, Any]:
    return {"error": str(stopped), "code": -1, "state": stopped.state, "refused": stopped.refused}


def connect(conninfo: str, *, deadline: float = math.inf, watch: Callable[[], int] | None = None) -> "Session":
    link = pq.PGconn.connect(conninfo.encode())
    if link.status != pq.ConnStatus.OK:
        said = link.get_error_message().strip().rpartition("\n")[2]
        link.finish()
        raise Stopped(said.rpartition("FATAL:  ")[2] or "the server cannot be reached", "08000")
    return Session(link, deadline, watch)


class Session:
    def __init__(self, link: Any, deadline: float, watch: Callable[[], int] | None) -> None:
        self.link = link
        self.pid = link.backend_pid
        self.deadline = deadline
        self.watch = watch

    @property
    def in_transaction(self) -> bool:
        return bool(self.link.status == pq.ConnStatus.OK and self.link.transaction_status != pq.TransactionStatus.IDLE)

    def run(self, statement: str) -> tuple[list[str], list[list[Any]]] | None:
        """The names and rows that it gives, if it gives any."""
        self.send(statement)
        return self.results()

    def command(self, statement: str) -> None:
        self.run(statement)

    def value(self, query: str) -> str:
        found = self.run(query)
        return str(found[1][0][0]) if found and found[1] else ""

    def roll_back(self) -> None:
        if self.in_transaction:
            self.run("ROLLBACK")

    def send(self, statement: str) -> None:
        try:
            self.link.send_query(statement.encode())
        except UnicodeError:
            raise Stopped("a text in it is not valid Unicode", "22021") from None
        except Exception as error:
            raise self.lost(str(error)) from None
        self.link.set_single_row_mode()

    def ready(self, seconds: float) -> bool:
        """Whether there is a result to be read, after so long at most."""
        try:
            if self.link.is_busy() and select.select([self.link.socket], [], [], seconds)[0]:
                self.link.consume_input()
            return not self.link.is_busy()
        except Exception as error:  # of libpq, or of a socket that is closed
            raise self.lost(str(error)) from None

    def results(self) -> tuple[list[str], list[list[Any]]] | None:
        columns: list[str] | None = None
        rows: list[list[Any]] = []
        size = 0
        error: Stopped | None = None
        while (result := self.next()) is not None:
            status = result.status
            if status in _COPY:
                self.close()
                raise Stopped("COPY with what the client sends", "0A000", "COPY FROM STDIN and COPY TO STDOUT")
            if status not in _GOOD:
                error = self.said(result)
            elif result.nfields or status == pq.ExecStatus.TUPLES_OK:
                columns = [(result.fname(place) or b"").decode() for place in range(result.nfields)]
                for row in range(result.ntuples):
                    values = [result.get_value(row, place) for place in range(result.nfields)]
                    size += sum(len(value) if value else 4 for value in values)
                    rows.append([plain(value, result.ftype(place)) for place, value in enumerate(values)])
                self.bound(len(rows), size)
        if error:
            raise error
        return None if columns is None else (columns, rows)

    def bound(self, rows: int, size: int) -> None:
        said = ""
        if rows > MOST_ROWS:
            said = f"it gives more than {MOST_ROWS:,} rows"
        elif size > LONGEST_RESULT:
            said = f"it gives more than {LONGEST_RESULT // 1024} KiB"
        if said:
            self.close()
            raise Stopped(said, "54000")

    def next(self) -> Any:
        """The next result, or None at the end; cut off when it takes too long or too much."""
        began = looked = time.monotonic()
        while not self.ready(0.02):
            now = time.monotonic()
            if now > self.deadline:
                self.close()
                raise Stopped("it takes too long", "57014")
            if self.watch and now - began > WATCH_AFTER and now - looked > WATCH_EVERY:
                looked = now
                if self.watch() > LARGEST:
                    self.close()
                    raise Stopped("it writes too much", "53100")
        try:
            return self.link.get_result()
        except Exception as error:
            raise self.lost(str(error)) from None

    def lost(self, said: str) -> Stopped:
        self.close()
        return Stopped(f"the connection is lost ({said.strip().rpartition(chr(10))[2][:100]})", "08006")

    def said(self, result: Any) -> Stopped:
        state = (result.error_field(pq.DiagnosticField.SQLSTATE) or b"").decode()
        text = (result.error_field(pq.DiagnosticField.MESSAGE_PRIMARY) or b"").decode("utf-8", "replace")
        return Stopped(text[:300] or "the server ends the connection", state or "08006")

    def close(self) -> None:
        with contextlib.suppress(Exception):
            if self.link.transaction_status == pq.TransactionStatus.ACTIVE:
                self.link.get_cancel().cancel()
        self.link.finish()


def plain(value: bytes | None, kind: int) -> Any:
    if value is None:
        return None
    if kind == BYTES:
        return {"x": value.decode().removeprefix("\\x")}
    text = value.decode("utf-8", "replace")
    if kind in INTEGERS:
        return int(text)
    if kind in FLOATS and math.isfinite(float(text)):
        return float(text)
    if kind == NUMERIC and text not in ("NaN", "Infinity", "-Infinity"):
        return {"n": text}
    if kind == BOOL:
        return "true" if text == "t" else "false"
    return text
