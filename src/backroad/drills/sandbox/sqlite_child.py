"""Runs SQL against fresh databases in memory, and sends back what each gives. Runs inside the child.

The request on standard input is `{"folder", "seeds": [script], "programs": [script], "check", "plan", "seconds"}`; the
answer is one line for each program: a list with, for each seed, what is in `Ran` of `kinds/sql.py`.
"""

import json
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from typing import Any

TOKEN = re.compile(r"""'[^']*'|"[^"]*"|`[^`]*`|\[[^\]]*\]|--[^\n]*|/\*.*?\*/|;""", re.DOTALL)
MOST_ROWS = 1000
LONGEST_RESULT = 256 * 1024
HEAP = 64 * 1024 * 1024
READ_PRAGMAS = {
    "table_info", "table_xinfo", "table_list", "index_list", "index_info", "index_xinfo", "foreign_key_list",
    "foreign_key_check", "integrity_check", "quick_check",
}  # fmt: skip
FORBIDDEN = {
    sqlite3.SQLITE_ATTACH: "ATTACH and VACUUM",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_CREATE_VTABLE: "virtual tables",
}
LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: 1_000_000,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 200_000,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 1_000,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 200,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
}


class TooMuch(Exception):
    pass


def statements(script: str) -> Iterator[str]:
    """A semicolon within a string, a comment or a trigger ends none."""
    start = 0
    for token in TOKEN.finditer(script):
        if token[0] == ";" and sqlite3.complete_statement(script[start : token.end()]):
            yield script[start : token.end()]
            start = token.end()
    if script[start:].strip():
        yield script[start:]


class Database:
    def __init__(self, seed: str, deadline: float) -> None:
        self.refused = ""
        self.db = sqlite3.connect(":memory:", isolation_level=None)
        self.db.execute("PRAGMA temp_store = MEMORY")
        self.db.execute(f"PRAGMA hard_heap_limit = {HEAP}")
        for statement in statements(seed):
            self.db.execute(statement)
        for limit, value in LIMITS.items():
            self.db.setlimit(limit, value)
        self.db.set_authorizer(self.authorize)
        self.db.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)

    def authorize(self, action: int, first: str | None, second: str | None, *_: object) -> int:
        what = FORBIDDEN.get(action, "")
        if action == sqlite3.SQLITE_PRAGMA and second is not None and (first or "").lower() not in READ_PRAGMAS:
            what = f"PRAGMA {first} with a value"
        if action == sqlite3.SQLITE_FUNCTION and second and second.lower() in ("load_extension", "fts3_tokenizer"):
            what = second
        if not what:
            return sqlite3.SQLITE_OK
        self.refused = what
        return sqlite3.SQLITE_DENY

    def rows(self, script: str) -> tuple[list[str], list[list[Any]], str]:
        """The last result, and the statement that gave it."""
        columns: list[str] = []
        rows: list[list[Any]] = []
        last = ""
        for statement in statements(script):
            cursor = self.db.execute(statement)
            if cursor.description is not None:
                columns, last = [column[0] for column in cursor.description], statement
                rows = self.fetched(cursor)
        return columns, rows, last

    def fetched(self, cursor: sqlite3.Cursor) -> list[list[Any]]:
        rows: list[list[Any]] = []
        size = 0
        for row in cursor:
            if len(rows) == MOST_ROWS:
                raise TooMuch(f"it gives more than {MOST_ROWS:,} rows")
            rows.append([{"x": value.hex()} if isinstance(value, bytes) else value for value in row])
            size += sum(len(value) if isinstance(value, str | bytes) else 8 for value in row)
            if size > LONGEST_RESULT:
                raise TooMuch(f"it gives more than {LONGEST_RESULT // 1024} KiB")
        return rows


def run(seed: str, program: str, check: str, plan: bool, deadline: float) -> dict[str, Any]:
    found: dict[str, Any] = {"columns": [], "rows": [], "error": "", "code": 0, "open": False, "plan": []}
    database = Database(seed, deadline)
    try:
        found["columns"], found["rows"], asked = database.rows(program)
        if database.db.in_transaction:
            found["open"] = True
            database.db.execute("ROLLBACK")
        if check:
            database.refused = ""
            found["returned"] = [found["columns"], *found["rows"]]
            found["columns"], found["rows"], asked = database.rows(check)
        if plan and asked:
            explained = database.db.execute("EXPLAIN QUERY PLAN " + asked.lstrip())
            found["plan"] = [str(row[3]) for row in explained]
    except TooMuch as error:
        found |= {"error": str(error), "code": -1}
    except (sqlite3.Error, sqlite3.Warning, MemoryError, ValueError, OverflowError) as error:
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_NOMEM if isinstance(error, MemoryError) else 1)
        found |= {"error": str(error) or "out of memory", "code": code, "refused": database.refused}
        if isinstance(error, UnicodeError):
            found["error"] = "a text in it is not valid Unicode"
    finally:
        database.db.close()
    return found


def main() -> None:
    here = os.path.dirname(os.path.abspath(__file__))
    channel = int(sys.argv[1])
    request = json.load(sys.stdin)
    sys.path.insert(0, here)
    import guard  # type: ignore[import-not-found]

    guard.restrict(request["folder"], readable=(), seconds=20, file_bytes=0, memory=256 * 1024 * 1024)
    for number, program in enumerate(request["programs"]):
        # Each program has its own time, so that an endless one takes nothing from those after it: the key and the
        # learner's all of it, the known wrong ones a part.
        deadline = time.monotonic() + request["seconds"] / (1 if number < 2 else 4)
        found = [run(seed, program, request["check"], request["plan"], deadline) for seed in request["seeds"]]
        line = json.dumps({"token": request["token"], "value": found}).encode() + b"\n"
        while line:
            line = line[os.write(channel, line) :]


if __name__ == "__main__":
    main()
