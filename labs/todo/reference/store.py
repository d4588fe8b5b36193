"""Todos in SQLite: one file, one thread that writes."""

import asyncio
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import msgspec

P = ParamSpec("P")
T = TypeVar("T")

SCHEMA = """
CREATE TABLE IF NOT EXISTS todos (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    title TEXT NOT NULL,
    notes TEXT,
    completed INTEGER NOT NULL DEFAULT 0,
    "order" INTEGER,
    version INTEGER NOT NULL DEFAULT 1
) STRICT;
"""
COLUMNS = 'id, title, notes, completed, "order", version'
SETTABLE = ("title", "notes", "completed", "order")


class Todo(msgspec.Struct, frozen=True):
    id: int
    title: str
    notes: str | None
    completed: bool
    order: int | None
    version: int


class Unknown(Exception):
    """There is no such todo."""


class Stale(Exception):
    """The todo has changed since the client read it."""


class Store:
    def __init__(self, folder: Path) -> None:
        self._thread = ThreadPoolExecutor(1, "store")
        self._db = sqlite3.connect(folder / "todos.db", isolation_level=None, check_same_thread=False)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")  # what was answered is on the disk
        self._db.executescript(SCHEMA)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs one of the methods below on the store's thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: work(*args, **kwargs))

    def close(self) -> None:
        self._thread.shutdown()
        self._db.close()

    def add(self, fields: dict[str, Any]) -> Todo:
        names = [name for name in SETTABLE if name in fields]
        columns, marks = ", ".join(f'"{name}"' for name in names), ", ".join("?" * len(names))
        return self._one(
            f"INSERT INTO todos ({columns}) VALUES ({marks}) RETURNING {COLUMNS}", *(fields[name] for name in names)
        )

    def find(self, number: int) -> Todo:
        return self._one(f"SELECT {COLUMNS} FROM todos WHERE id = ?", number)

    def all(self) -> list[Todo]:
        """In the order that people gave them; those without one come last, oldest first."""
        rows = self._db.execute(f'SELECT {COLUMNS} FROM todos ORDER BY "order" IS NULL, "order", id')
        return [todo_of(row) for row in rows]

    def change(self, number: int, fields: dict[str, Any], accepts: Callable[[Todo], bool]) -> Todo:
        """Only what was given; compared and written in one step, as this thread is the only one that writes."""
        if not accepts(self.find(number)):
            raise Stale(number)
        names = [name for name in SETTABLE if name in fields]
        sets = "".join(f'"{name}" = ?, ' for name in names)
        values = [fields[name] for name in names]
        return self._one(
            f"UPDATE todos SET {sets}version = version + 1 WHERE id = ? RETURNING {COLUMNS}", *values, number
        )

    def remove(self, number: int, accepts: Callable[[Todo], bool]) -> None:
        if not accepts(self.find(number)):
            raise Stale(number)
        self._db.execute("DELETE FROM todos WHERE id = ?", (number,))

    def remove_all(self) -> None:
        self._db.execute("DELETE FROM todos")

    def _one(self, statement: str, *values: Any) -> Todo:
        rows = self._db.execute(statement, values).fetchall()
        if not rows:
            raise Unknown
        return todo_of(rows[0])


def todo_of(row: tuple[Any, ...]) -> Todo:
    number, title, notes, completed, order, version = row
    return Todo(number, title, notes, bool(completed), order, version)
