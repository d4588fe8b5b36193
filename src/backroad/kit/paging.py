"""Cursor paging: a page of a list, newest first, that stays right while new rows arrive."""

import base64
import binascii
from datetime import UTC, date, datetime
from typing import Annotated, Generic, TypeVar

from litestar.params import Parameter
from msgspec import Struct

from backroad.kit.errors import Problem

T = TypeVar("T")
Limit = Annotated[int, Parameter(ge=1, le=100, description="How many at most.")]
Cursor = Annotated[str | None, Parameter(max_length=200, description="The `next_cursor` of the page before.")]


class Page(Struct, Generic[T]):
    items: list[T]
    next_cursor: str | None = None


def _not_ours() -> Problem:
    return Problem("This cursor is not one of ours.", "Begin without a cursor.")


def _write(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _read(cursor: str) -> str:
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
    except (ValueError, binascii.Error):
        raise _not_ours() from None


def write_cursor(moment: datetime, row_id: str) -> str:
    return _write(f"{moment.isoformat()} {row_id}")


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    moment, _, row_id = _read(cursor).partition(" ")
    try:
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or not row_id:
            raise _not_ours()
        return found.astimezone(UTC), row_id
    except (ValueError, OverflowError):
        raise _not_ours() from None


def write_name(name: str, row_id: str) -> str:
    """A cursor for lists by name, which rows of one name go on by their ids."""
    return _write(f"name {row_id} {name}")


def read_name(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    kind, _, rest = _read(cursor).partition(" ")
    row_id, between, name = rest.partition(" ")
    if kind != "name" or not (row_id and between) or "\0" in rest:
        raise _not_ours()
    return name, row_id


def write_day(day: date) -> str:
    """A cursor for lists by day: the first one that is still to come."""
    return _write(f"day {day.isoformat()}")


def read_day(cursor: str | None) -> date | None:
    if cursor is None:
        return None
    kind, _, day = _read(cursor).partition(" ")
    try:
        found = date.fromisoformat(day)
    except ValueError:
        raise _not_ours() from None
    if kind != "day" or found.isoformat() != day:
        raise _not_ours()
    return found


def write_place(place: int) -> str:
    """A cursor for lists in order of relevance, which have no moment to go on from."""
    return _write(f"after {place}")


def read_place(cursor: str | None) -> int:
    if cursor is None:
        return 0
    name, _, place = _read(cursor).partition(" ")
    if name != "after" or not place.isdecimal() or len(place) > 9:
        raise _not_ours()
    return int(place)
