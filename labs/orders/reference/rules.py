"""What may be in a request or a delivery note. Every rule about input is here, and nothing else is."""

import re
from collections.abc import Callable, Collection
from typing import Any

import msgspec

NAME, TITLE, NOTE, DOCUMENT, LINES = 100, 200, 500, 4096, 20  # characters; lines of an order
PRICE, STOCK, QUANTITY, DELIVERED, INSPECT_MS = 1_000_000, 1_000_000, 1000, 10_000, 2000
SKU = re.compile(r"[A-Za-z0-9-]{3,40}")
KEY = re.compile(r"[\x21-\x7e]{1,200}")

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__("; ".join(f"{field} {message}" for field, message in errors.items()))
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


def customer(body: Any) -> dict[str, Any]:
    return judge(body, {"name": text(1, NAME)}, required=["name"])


def product(body: Any) -> dict[str, Any]:
    judges = {"sku": sku, "title": optional(text(0, TITLE)), "price": number(1, PRICE), "stock": number(0, STOCK)}
    return judge(body, judges, required=["sku", "price"])


def order(body: Any) -> dict[str, Any]:
    return judge(body, {"lines": lines, "note": optional(text(0, NOTE))}, required=["lines"])


def delivery(body: Any) -> dict[str, Any]:
    """The document is taken as it is: the supplier who wrote it is asleep."""
    return judge(body, {"sku": sku, "document": text(0, DOCUMENT)}, required=["sku", "document"])


def document(content: str) -> dict[str, Any]:
    """What a delivery note says, once somebody reads it."""
    try:
        body = msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeError, RecursionError):
        raise Invalid({"document": "is not JSON"}) from None
    judges = {"quantity": number(1, DELIVERED), "inspect_ms": number(0, INSPECT_MS)}
    return judge(body, judges, required=["quantity"])


def idempotency_key(value: str | None) -> str | None:
    if value is not None and not KEY.fullmatch(value):
        raise Invalid({"Idempotency-Key": "must be 1 to 200 printable characters without blanks"})
    return value


def lines(value: Any) -> list[dict[str, Any]]:
    if not isinstance(value, list) or not 1 <= len(value) <= LINES:
        raise ValueError(f"must be a list of 1 to {LINES} lines")
    try:
        judged = [judge(line, {"sku": sku, "quantity": number(1, QUANTITY)}, ["sku", "quantity"]) for line in value]
    except Invalid as invalid:
        raise ValueError(f"has a line in which {invalid}") from None
    if len({line["sku"] for line in judged}) < len(judged):
        raise ValueError("names a product twice")
    return judged


def sku(value: Any) -> str:
    if not isinstance(value, str) or not SKU.fullmatch(value):
        raise ValueError("must be 3 to 40 letters, digits or -")
    return value


def text(least: int, most: int) -> Judge:
    def judge_text(value: Any) -> str:
        if not isinstance(value, str) or not least <= len(value) <= most:
            raise ValueError(f"must be a text of {least} to {most} characters")
        return value

    return judge_text


def number(least: int, most: int) -> Judge:
    def judge_number(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return value

    return judge_number


def optional(judge_one: Judge) -> Judge:
    return lambda value: None if value is None else judge_one(value)


def _unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")
