"""What may be in a request. Every rule about input is here; nothing here knows of HTTP or storage."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from typing import Any

import msgspec

NAME, TITLE, DESCRIPTION, PAGE, TASKS, MARKED = 100, 200, 2000, 100, 500, 100
SAFE = 2**53 - 1  # what every JSON parser reads exactly
SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])")
EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f.]+(?:\.[^@\s\x00-\x1f.]+)+")
AMOUNT = re.compile(r"[0-9]{1,14}\.[0-9]{2}")
STATUSES = ("todo", "doing", "done")
SORTS = ("created_at", "priority", "title")

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def judge(body: Any, judges: dict[str, Judge], required: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a body as their judges return them. A judge raises ValueError to refuse a value."""
    if not isinstance(body, dict):
        raise Invalid({"": "must be an object"})
    judged: dict[str, Any] = {}
    errors = {name: "is required" for name in required if name not in body}
    for name, value in body.items():
        try:
            judged[name] = judges.get(name, _unknown)(value)
        except Invalid as invalid:
            errors |= {f"{name}.{field}".rstrip("."): message for field, message in invalid.errors.items()}
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def text(least: int, most: int) -> Judge:
    def judge_text(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:
            raise ValueError(f"must be a text of {least} to {most} characters")
        return value

    return judge_text


def optional(judge_value: Judge) -> Judge:
    return lambda value: None if value is None else judge_value(value)


def one_of(*choices: str) -> Judge:
    def judge_choice(value: Any) -> str:
        if value not in choices:
            raise ValueError(f"must be one of {', '.join(choices)}")
        return str(value)

    return judge_choice


def number(least: int, most: int) -> Judge:
    """A whole number. A query parameter is one if it is written in digits and nothing else."""

    def judge_number(value: Any) -> int:
        written = isinstance(value, str) and re.fullmatch(r"[0-9]{1,16}", value)
        if not written and (not isinstance(value, int) or isinstance(value, bool)):
            raise ValueError("must be a whole number")
        if not least <= int(value) <= most:
            raise ValueError(f"must be from {least} to {most}")
        return int(value)

    return judge_number


def plain_number(least: int, most: int) -> Judge:
    """The same in a body, where a number is no text."""

    def judge_number(value: Any) -> int:
        if isinstance(value, str):
            raise ValueError("must be a whole number")
        return int(number(least, most)(value))

    return judge_number


def slug(value: Any) -> str:
    if not isinstance(value, str) or not SLUG.fullmatch(value):
        raise ValueError("must be 2 to 64 lower-case letters, digits and inner hyphens")
    return value


def email(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 254 or not EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def amount(value: Any) -> int:
    """Hundredths of the unit. It is a text on the wire: as a JSON number most parsers would make a float of it."""
    if not isinstance(value, str) or not AMOUNT.fullmatch(value):
        raise ValueError('must be a text such as "1250.00", with two decimals and at most 14 digits before them')
    return int(value.replace(".", ""))


def instant(value: Any) -> int:
    """Milliseconds since 1970."""
    try:
        when = msgspec.convert(value, datetime) if isinstance(value, str) else None
        moment = when.astimezone(UTC) if when and when.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        moment = None
    if moment is None:
        raise ValueError("must be an RFC 3339 date and time with an offset")
    return round(moment.timestamp() * 1000)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def tasks(value: Any) -> list[dict[str, Any]]:
    """Errors are named <position>.<field>."""
    if not isinstance(value, list) or len(value) > TASKS:
        raise ValueError(f"must be a list of at most {TASKS} tasks")
    judged: list[dict[str, Any]] = []
    errors: dict[str, str] = {}
    for position, entry in enumerate(value):
        try:
            judged.append(judge(entry, TASK, required=["title"]))
        except Invalid as invalid:
            errors |= {f"{position}.{field}".rstrip("."): message for field, message in invalid.errors.items()}
    if errors:
        raise Invalid(errors)
    return judged


def ids(value: Any) -> list[str]:
    if not isinstance(value, list) or not 1 <= len(value) <= MARKED or not all(isinstance(one, str) for one in value):
        raise ValueError(f"must be a list of 1 to {MARKED} ids")
    return value


def sort(value: Any) -> tuple[str, bool]:
    """The field, and whether the largest comes first."""
    field = str(value).removeprefix("-")
    if field not in SORTS:
        raise ValueError(f"must be one of {', '.join(SORTS)}, with - before it to begin with the largest")
    return field, str(value).startswith("-")


def _unknown(_: Any) -> None:
    raise ValueError("is not known here")


USER: dict[str, Judge] = {"name": text(1, NAME), "email": email}
PROJECT: dict[str, Judge] = {
    "name": text(1, NAME),
    "description": optional(text(0, DESCRIPTION)),
    "budget": optional(amount),
    "external_id": optional(plain_number(-SAFE, SAFE)),
    "due_at": optional(instant),
}
NEW_PROJECT: dict[str, Judge] = {**PROJECT, "slug": slug, "tasks": tasks}
TASK: dict[str, Judge] = {"title": text(1, TITLE), "status": one_of(*STATUSES), "priority": plain_number(1, 5)}
LIST: dict[str, Judge] = {"limit": number(1, PAGE)}
TASK_LIST: dict[str, Judge] = {
    **LIST,
    "status": one_of(*STATUSES),
    "priority": number(1, 5),
    "project": slug,
    "sort": sort,
}
OLD_TASK: dict[str, Judge] = {"title": text(1, TITLE), "done": boolean}
