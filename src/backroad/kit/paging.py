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


def write_cursor(moment: datetime, row_id: str) -> str:
    return base64.urlsafe_b64encode(f"{moment.isoformat()} {row_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        moment, _, row_id = text.partition(" ")
        found = datetime.fromisoformat(moment)
        if found.tzinfo is None or not row_id:
            raise ValueError(cursor)
        return found.astimezone(UTC), row_id
    except (ValueError, OverflowError, binascii.Error):
        raise Problem("This cursor is not one of ours.", "Begin without a cursor.") from None
