"""Statements that differ between SQLite and PostgreSQL."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table


def _insert(tx: Connection, table: Table) -> Any:
    """Of the dialect in use; the other one is not even imported, which would cost a tenth of a second."""
    if tx.dialect.name == "postgresql":
        from sqlalchemy.dialects import postgresql

        return postgresql.insert(table)
    from sqlalchemy.dialects import sqlite

    return sqlite.insert(table)


def put(tx: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row, or overwrite the one with the same primary key."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(tx, table).values(**row)
    changes = {name: statement.excluded[name] for name in row if name not in keys}
    tx.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes))


def add_new(tx: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Insert the row unless one with the same primary key is there; say whether it went in."""
    statement = _insert(tx, table).values(**row)
    keys = [column.name for column in table.primary_key]
    return tx.execute(statement.on_conflict_do_nothing(index_elements=keys)).rowcount == 1
