"""Statements that differ between SQLite and PostgreSQL."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Column, Connection, Select, Table, func, select

T = TypeVar("T")


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
    # Without the option, SQLAlchemy lets go of an insert's cursor before its rows are counted.
    statement = statement.on_conflict_do_nothing(index_elements=keys).execution_options(preserve_rowcount=True)
    return bool(tx.execute(statement).rowcount == 1)


def first_of_each(table: Table, by: Column[Any], order: Sequence[Any], most: int, *where: Any) -> Select[Any]:
    """At most so many rows for each value of a column, in this order: what a list of lists is read by in one go."""
    number = func.row_number().over(partition_by=by, order_by=order).label("number_in_its_group")
    numbered = select(*table.c, number).where(*where).subquery()
    return (
        select(*(numbered.c[column.name] for column in table.c))
        .where(numbered.c.number_in_its_group <= most)
        .order_by(numbered.c.number_in_its_group)
    )


def batched(things: Iterable[T], most: int) -> Iterator[list[T]]:
    """In lists of at most so many, for statements that name each of them."""
    rest = iter(things)
    while some := list(islice(rest, most)):
        yield some
