"""What a column holds, in a word that both databases and every later version understand."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    Integer,
    LargeBinary,
    String,
    Table,
    TableClause,
    Text,
    column,
    table,
)
from sqlalchemy.types import TypeEngine

from backroad.backup.frames import TableHead, damaged
from backroad.kit.db import UtcDateTime, metadata

TYPES: Mapping[str, TypeEngine[Any]] = {
    "moment": UtcDateTime(),
    "day": Date(),
    "json": JSON(),
    "json or nothing": JSON(none_as_null=True),
    "truth": Boolean(),
    "whole": BigInteger(),
    "real": Float(),
    "bytes": LargeBinary(),
    "text": Text(),
}
READ: Mapping[str, Callable[[Any], Any]] = {"moment": datetime.fromisoformat, "day": date.fromisoformat}
WRITTEN: Mapping[str, Callable[[Any], Any]] = {"moment": datetime.isoformat, "day": date.isoformat}


MADE_BY_TRIGGERS = frozenset({"touched"})
"""Tables that fill themselves when the others are filled."""


def tables() -> list[Table]:
    """Those that are kept, whatever is pointed at first."""
    return [table for table in metadata.sorted_tables if table.name not in MADE_BY_TRIGGERS]


def kind_of(of: Column[Any]) -> str:
    kind = of.type
    if isinstance(kind, JSON):
        return "json or nothing" if of.nullable else "json"
    for sort, name in (
        (UtcDateTime, "moment"), (Date, "day"), (Boolean, "truth"), (Integer, "whole"), (Float, "real"),
        (LargeBinary, "bytes"), (String, "text"),
    ):  # fmt: skip
        if isinstance(kind, sort):
            return name
    raise TypeError(f"{of.table.name}.{of.name} has a type that backups do not know: {kind!r}")


def head_of(of: Table) -> TableHead:
    # SQLAlchemy has a type of its own for names.
    return TableHead(str(of.name), tuple((str(one.name), kind_of(one)) for one in of.columns))


def table_of(head: TableHead) -> TableClause:
    """To insert into, whatever the code of today says of this table."""
    unknown = [kind for _, kind in head.columns if kind not in TYPES]
    if unknown:
        raise damaged(f"it holds a kind of column that this version does not know: {unknown[0][:40]}")
    return table(head.name, *(column(name, TYPES[kind]) for name, kind in head.columns))


def packer(head: TableHead) -> Callable[[Any], list[Any]]:
    """From a row to what stands in the file."""
    converts = [WRITTEN.get(kind) for _, kind in head.columns]

    def pack(row: Any) -> list[Any]:
        return [
            value if convert is None or value is None else convert(value)
            for convert, value in zip(converts, row, strict=True)
        ]

    return pack


def unpacker(head: TableHead) -> Callable[[list[Any]], dict[str, Any]]:
    """From what stands in the file to a row to insert."""
    columns = [(name, READ.get(kind)) for name, kind in head.columns]

    def unpack(row: list[Any]) -> dict[str, Any]:
        try:
            return {
                name: value if convert is None or value is None else convert(value)
                for (name, convert), value in zip(columns, row, strict=True)
            }
        except (ValueError, TypeError):
            raise damaged(f"a row of {head.name} does not fit its columns") from None

    return unpack
