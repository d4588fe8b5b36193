"""What may be in a todo. Every rule about input is here; nothing here knows of HTTP or storage."""

from collections.abc import Callable, Collection
from typing import Any

TITLE_LENGTH, NOTES_LENGTH = 200, 5000
ORDERS = range(-(2**31), 2**31)

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def judge(body: Any, required: Collection[str] = ()) -> dict[str, Any]:
    """The fields of a body as their judges return them."""
    if not isinstance(body, dict):
        raise Invalid({"": "must be an object"})
    judged: dict[str, Any] = {}
    errors = {name: "is required" for name in required if name not in body}
    for name, value in body.items():
        try:
            judged[name] = JUDGES.get(name, _unknown)(value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def _title(value: Any) -> str:
    text = _text(value, TITLE_LENGTH)
    if not text.strip():
        raise ValueError("must say something")
    return text


def _notes(value: Any) -> str | None:
    return None if value is None else _text(value, NOTES_LENGTH)


def _completed(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def _order(value: Any) -> int | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or value not in ORDERS:
        raise ValueError("must be a whole number of 32 bits")
    return value


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest:
        raise ValueError(f"must be text of at most {longest} characters")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise ValueError("must be Unicode text") from None
    if "\0" in value:
        raise ValueError("must not hold the character U+0000")
    return value


def _unknown(value: Any) -> Any:
    raise ValueError("is not a field that you may set")


JUDGES: dict[str, Judge] = {"title": _title, "notes": _notes, "completed": _completed, "order": _order}
