"""What may be in a room and in a message. Nothing here knows of HTTP, WebSockets or storage."""

import re
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

NAME = re.compile(r"[a-z0-9-]{3,40}")
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
TOPIC_LENGTH, PERSON_LENGTH, TEXT_LENGTH = 200, 100, 2000
ROOMS_PAGE, MESSAGES_PAGE = 100, 200
LAST = 2**63 - 1

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def judge(body: Any, judges: dict[str, Judge], required: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a body as their judges return them. A judge raises ValueError to refuse a value."""
    if not isinstance(body, dict):
        raise Invalid({"": "must be an object"})
    judged: dict[str, Any] = {}
    errors = {name: "is required" for name in required if name not in body}
    for name, value in body.items():
        try:
            judged[name] = judges.get(name, unknown)(value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def message(body: dict[str, Any]) -> dict[str, str]:
    """Id and text of a message to send."""
    return judge(body, {"type": str, "id": message_id, "text": text}, required=["id", "text"])


def room_name(value: Any) -> str:
    if not isinstance(value, str) or not NAME.fullmatch(value):
        raise ValueError("must be 3 to 40 of a-z, 0-9 and -")
    return value


def topic(value: Any) -> str | None:
    return None if value is None else _text(value, 0, TOPIC_LENGTH)


def person_name(value: Any) -> str:
    return _text(value, 1, PERSON_LENGTH)


def message_id(value: Any) -> str:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("must be 1 to 64 letters, digits, - or _")
    return value


def text(value: Any) -> str:
    return _text(value, 1, TEXT_LENGTH)


def page_of(most: int) -> Judge:
    def limit(value: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= most:
            raise ValueError(f"must be a whole number from 1 to {most}")
        return int(value)

    return limit


def after(value: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,19}", value) or int(value) > LAST:
        raise ValueError("must be a sequence number, 0 or more")
    return int(value)


def unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")


def _text(value: Any, least: int, most: int) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most:
        raise ValueError(f"must be a text of {least} to {most} characters")
    if any("\ud800" <= char <= "\udfff" for char in value):
        raise ValueError("must not hold half of a character")
    return value
