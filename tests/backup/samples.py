"""A row or more in every table, whatever features there are."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Table, insert, select

import backroad.app  # noqa: F401 (every feature's tables)
from backroad.backup.kinds import kind_of, tables
from backroad.kit.db import Database

TEXTS = ("å ß 漢 🦉", "two\nlines; 'quoted' \"twice\" \\", "")


def fill(db: Database, rows: int = 3) -> None:
    """`rows` in each table, and each text, moment and structure a little different."""

    def write(tx: Connection) -> None:
        for table in tables():
            tx.execute(insert(table), [row_of(table, number) for number in range(rows)])

    db.run_now(write)


def row_of(table: Table, number: int) -> dict[str, Any]:
    return {column.name: value_of(column, number) for column in table.columns}


def value_of(column: Column[Any], number: int) -> Any:
    kind = kind_of(column)
    if column.nullable and number % 3 == 2:
        return None
    if column.foreign_keys:
        return value_of(next(iter(column.foreign_keys)).column, number)
    if kind == "text":
        distinct = column.primary_key or column.unique or not column.nullable
        text = f"{number}{'' if distinct else TEXTS[number % 3]}"
        return text[: getattr(column.type, "length", None) or 1000]
    return {
        "moment": datetime(2027, 1, 4, 12, 30, number % 60, 123456, UTC),
        "day": date(2027, 1, 1 + number % 28),
        "json": {"number": number, "texts": list(TEXTS), "nothing": None, "real": 0.1 + number, "deep": [[{}]]},
        "json or nothing": [number],
        "truth": number % 2 == 0,
        "whole": number,
        "real": number / 3,
        "bytes": bytes([0, 255, number % 256]),
    }[kind]


def content(db: Database) -> dict[str, list[str]]:
    """All rows of all tables, to compare."""

    def read(tx: Connection) -> dict[str, list[str]]:
        return {table.name: sorted(map(repr, tx.execute(select(table)))) for table in tables()}

    return db.run_now(read)


def files(home: Path) -> dict[str, bytes]:
    """All files below the folder but the database's, with what they hold."""
    return {
        str(path.relative_to(home)): path.read_bytes()
        for path in sorted(home.rglob("*"))
        if path.is_file() and not path.name.startswith("backroad.db") and path.name != ".restoring"
    }
