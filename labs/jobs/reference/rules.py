"""What may be in a body or a query. Every rule about input is here; nothing here knows of HTTP or storage."""

import re
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from functools import partial
from typing import Any

import applications
import msgspec
from refusals import Invalid

PAGE, NAME, TITLE, TEXT, FILE_NAME = 100, 100, 200, 5_000, 200
MOST_SALARY, MOST_OPENINGS = 10_000_000, 1_000
REFERENCE = re.compile(r"[A-Za-z0-9-]{3,64}")
UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

Judge = Callable[[Any], Any]


def now() -> int:
    """Milliseconds since 1970."""
    return time.time_ns() // 1_000_000


def judge(body: Any, judges: dict[str, Judge], required: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a body as their judges return them. A judge raises ValueError to refuse a value."""
    if not isinstance(body, dict):
        raise Invalid({"": "must be an object"})
    judged: dict[str, Any] = {}
    errors = {name: "is required" for name in required if name not in body}
    for name, value in body.items():
        try:
            judged[name] = judges.get(name, _unknown)(value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def text(value: Any, *, least: int = 1, most: int = TEXT) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
        raise ValueError(f"must be a text of {least} to {most} characters, none of them NUL")
    return value


def whole(value: Any, *, least: int = 0, most: int = MOST_SALARY) -> int:
    if type(value) is not int or not least <= value <= most:
        raise ValueError(f"must be a whole number from {least} to {most}")
    return value


def digits(value: Any, *, least: int = 0, most: int = MOST_SALARY) -> int:
    """The same in a query string."""
    return whole(int(value) if re.fullmatch(r"[0-9]{1,9}", value) else None, least=least, most=most)


def one_of(value: Any, choices: Collection[str]) -> str:
    if not isinstance(value, str) or value not in choices:
        raise ValueError(f"must be one of {', '.join(choices)}")
    return value


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def word_for_boolean(value: Any) -> bool:
    return one_of(value, ("true", "false")) == "true"


def identity(value: Any) -> str:
    if not isinstance(value, str) or not UUID.fullmatch(value):
        raise ValueError("must be an id")
    return value


def reference(value: Any) -> str:
    if not isinstance(value, str) or not REFERENCE.fullmatch(value):
        raise ValueError("must be 3 to 64 letters, digits or -")
    return value


def closes_at(value: Any) -> int:
    """The instant in milliseconds since 1970."""
    try:
        when = msgspec.convert(value, datetime) if isinstance(value, str) else None
        instant = when.astimezone(UTC) if when and when.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        instant = None
    if instant is None:
        raise ValueError("must be an RFC 3339 date and time with an offset")
    milliseconds = round(instant.timestamp() * 1000)
    if milliseconds <= now():
        raise ValueError("must be in the future")
    return milliseconds


def optional(rule: Judge) -> Judge:
    return lambda value: None if value is None else rule(value)


def _unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")


SIGN_UP: dict[str, Judge] = {
    "name": partial(text, most=NAME),
    "role": partial(one_of, choices=("candidate", "recruiter")),  # only an admin makes an admin
    "company": partial(text, most=NAME),
}
CHANGE_PERSON: dict[str, Judge] = {
    "role": partial(one_of, choices=("candidate", "recruiter", "admin")),
    "company": partial(text, most=NAME),
}
CHANGE_POSTING: dict[str, Judge] = {
    "reference": optional(reference),
    "title": partial(text, most=TITLE),
    "description": optional(partial(text, least=0)),
    "place": optional(partial(text, most=NAME)),
    "remote": boolean,
    "salary": optional(whole),
    "openings": partial(whole, least=1, most=MOST_OPENINGS),
    "state": partial(one_of, choices=("draft", "open", "closed")),
    "closes_at": optional(closes_at),
}
POSTING: dict[str, Judge] = {**CHANGE_POSTING, "state": partial(one_of, choices=("draft", "open"))}
APPLY: dict[str, Judge] = {"resume": identity, "letter": optional(partial(text, least=0))}
MOVE: dict[str, Judge] = {"state": partial(one_of, choices=applications.STATES)}
SEARCH: dict[str, Judge] = {
    "q": partial(text, most=NAME),
    "place": partial(text, most=NAME),
    "remote": word_for_boolean,
    "salary_from": digits,
}
LIMIT = partial(digits, least=1, most=PAGE)
