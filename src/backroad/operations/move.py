"""Moving everything from one database to another: from SQLite to PostgreSQL, or back."""

from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import Connection, Table, func, insert, select

from backroad.kit.db import Database, metadata
from backroad.kit.errors import Problem
from backroad.kit.kept import touched_table
from backroad.kit.migrate import migrate, revision
from backroad.migrations import HEAD

BATCH = 500
"""Rows that are held in memory at a time."""


def move(source: Database, target: Database, tell: Callable[[str, int], None]) -> dict[str, int]:
    """Copy every row of every table; the number of rows by table.

    The source is read in one transaction and stays as it is. The target gets the schema of this version and must be
    empty; it is written in one transaction, so that a move that is stopped leaves it empty. At the end, the rows on
    both sides are counted against each other.
    """
    if source.run_now(revision) != HEAD:
        raise Problem("The database to copy has an older schema.", "Run backroad migrate on it first.", status=409)
    migrate(target)

    def copy(reading: Connection) -> dict[str, int]:
        if not source.is_sqlite:
            reading.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        return target.run_now(lambda writing: _copy(reading, writing, tell))

    return source.run_now(copy)


def _copy(reading: Connection, writing: Connection, tell: Callable[[str, int], None]) -> dict[str, int]:
    tables = [table for table in metadata.sorted_tables if table is not touched_table]  # its rows come by triggers
    full = [table.name for table in tables if _count(writing, table)]
    if full:
        raise Problem(
            f"The database to fill is not empty: it has rows in {', '.join(full[:5])}.",
            "Nothing was changed. Name an empty one.",
            status=409,
        )
    copied = {}
    for table in tables:  # whatever is pointed at comes first
        for batch in _batches(reading, table):
            writing.execute(insert(table), batch)
        copied[table.name], wanted = _count(writing, table), _count(reading, table)
        if copied[table.name] != wanted:
            raise Problem(f"Of {table.name}, {wanted} rows were read and {copied[table.name]} arrived.", status=500)
        tell(table.name, wanted)
    return copied


def _batches(tx: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    found = tx.execute(select(table).execution_options(yield_per=BATCH)).mappings()
    for rows in found.partitions(BATCH):
        yield [dict(row) for row in rows]


def _count(tx: Connection, table: Table) -> int:
    return tx.execute(select(func.count()).select_from(table)).scalar_one()
