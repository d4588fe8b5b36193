"""Cursor paging: a page of a list, newest first, that stays right while new rows arrive."""

import base64
import binascii
from datetime import UTC, datetime
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
