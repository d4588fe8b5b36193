"""What may be in a request. Every rule about input is here; nothing here knows of HTTP or storage."""

import base64
import binascii
import re
from collections.abc import Callable, Collection
from typing import Any

MOST = 2**63 - 1
CHEAPEST, DEAREST, MOST_OFF, MOST_STOCK = 10, 10_000_000, 90, 1_000_000
IMPORT_LENGTH, PAGE_LENGTH = 500, 100
HANDLE = re.compile(r"[a-z0-9-]{3,64}")
KEY = re.compile(r"[\x21-\x7e]{1,200}")
WORD = re.compile(r"\w+")
SOURCE = re.compile(r"[A-Za-z0-9_]{1,100}")

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
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def judge_all(body: Any, judge_one: Judge) -> list[Any]:
    """The same for {"products": [...]}; errors are named products.<position>.<field>."""
    drafts = judge(body, {"products": _batch}, required=["products"])["products"]
    judged: list[Any] = []
    errors: dict[str, str] = {}
    for position, draft in enumerate(drafts):
        try:
            judged.append(judge_one(draft))
        except Invalid as invalid:
            errors |= {f"products.{position}.{field}".rstrip("."): text for field, text in invalid.errors.items()}
    if errors:
        raise Invalid(errors)
    return judged


def whole(least: int, most: int) -> Judge:
    """A whole number: not 1.0, not "1", not true."""

    def number(value: Any) -> int:
        if type(value) is not int or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return number


price = whole(CHEAPEST, DEAREST)
percent_off = whole(0, MOST_OFF)
stock = whole(0, MOST_STOCK)
pieces = whole(1, MOST_STOCK)
quantity = whole(1, 99)
amount = whole(1, 10**11)


def text(least: int, most: int) -> Judge:
    def words(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"must be a text of {least} to {most} characters")
        return value

    return words


name = text(1, 100)


def description(value: Any) -> str | None:
    return None if value is None else text(0, 2000)(value)


def handle(value: Any) -> str:
    if not isinstance(value, str) or not HANDLE.fullmatch(value) or value == "import":
        raise ValueError("must be 3 to 64 of a-z, 0-9 and -, and not import")
    return value


def source(value: Any) -> str:
    if not isinstance(value, str) or not SOURCE.fullmatch(value):
        raise ValueError("must be what the payment page gave you")
    return value


def step(value: Any) -> str:
    if value not in ("shipped", "delivered", "cancelled"):
        raise ValueError("must be shipped, delivered or cancelled")
    return str(value)


def idempotency_key(value: str | None) -> str:
    if value is None or not KEY.fullmatch(value):
        raise Invalid({"Idempotency-Key": "must be a header of 1 to 200 printable characters"})
    return value


def limit(value: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= PAGE_LENGTH:
        raise ValueError(f"must be a whole number from 1 to {PAGE_LENGTH}")
    return int(value)


def search(value: Any) -> list[str]:
    """Its words. What is no letter and no digit separates them."""
    if len(value) > 100:
        raise ValueError("must be at most 100 characters")
    return WORD.findall(value.replace("_", " "))


def sort(value: Any) -> str:
    if value not in ("newest", "price", "-price"):
        raise ValueError("must be newest, price or -price")
    return str(value)


def write_cursor(*place: int) -> str:
    return base64.urlsafe_b64encode(".".join(map(str, place)).encode()).decode().rstrip("=")


def cursor(length: int) -> Judge:
    """One of ours, with so many numbers in it."""

    def read(value: Any) -> tuple[int, ...]:
        try:
            parts = base64.b64decode(value + "=" * (-len(value) % 4), altchars=b"-_", validate=True).split(b".")
        except (ValueError, binascii.Error):
            parts = []
        if len(parts) != length or not all(part.isdigit() and len(part) < 20 and int(part) <= MOST for part in parts):
            raise ValueError("is not a cursor of ours")
        return tuple(map(int, parts))

    return read


def _unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")


def _batch(value: Any) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= IMPORT_LENGTH:
        raise ValueError(f"must be a list of 1 to {IMPORT_LENGTH} products")
    return value
