"""What may be in a body. Every rule about input is here; nothing here knows of HTTP or storage."""

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
USERNAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
PAGE = 100

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def judge(body: Any, root: str, judges: Mapping[str, Judge], required: Collection[str] = ()) -> dict[str, Any]:
    """The fields of {root: {...}} as their judges return them. What nobody judges is ignored, as Conduit does."""
    fields = body.get(root) if isinstance(body, dict) else None
    if not isinstance(fields, dict):
        raise Invalid({root: "can't be blank"})
    judged: dict[str, Any] = {}
    errors = {name: "can't be blank" for name in required if name not in fields}
    for name in filter(judges.__contains__, fields):
        try:
            judged[name] = judges[name](fields[name])
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def text(most: int) -> Judge:
    def judged(value: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValueError("can't be blank")
        if len(value) > most:
            raise ValueError(f"is too long (maximum is {most} characters)")
        return value

    return judged


def optional(judge_one: Judge) -> Judge:
    """null and the empty text are nothing."""
    return lambda value: None if value in (None, "") else judge_one(value)


def email(value: Any) -> str:
    if not EMAIL.fullmatch(text(200)(value)):
        raise ValueError("is invalid")
    return str(value).lower()


def username(value: Any) -> str:
    if not USERNAME.fullmatch(text(40)(value)):
        raise ValueError("is invalid")
    return str(value)


def password(value: Any) -> str:
    if len(text(1000)(value)) < 8:
        raise ValueError("is too short (minimum is 8 characters)")
    return str(value)


def tags(value: Any) -> list[str]:
    """Each once, in the order given."""
    if not isinstance(value, list) or len(value) > 20:
        raise ValueError("must be a list of at most 20 tags")
    return list(dict.fromkeys(map(text(50), value)))


def number(least: int, most: int) -> Judge:
    def judged(value: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not least <= int(value) <= most:
            raise ValueError(f"must be a whole number from {least} to {most}")
        return int(value)

    return judged


USER = {"username": username, "email": email, "password": password}
CHANGES = {**USER, "bio": optional(text(5000)), "image": optional(text(2000))}
LOGIN = {"email": text(200), "password": text(1000)}
ARTICLE = {"title": text(200), "description": text(1000), "body": text(100_000)}
NEW_ARTICLE = {**ARTICLE, "tagList": tags}
COMMENT = {"body": text(10_000)}
DRAFT = {"topic": text(500)}
WINDOW = {"limit": number(1, PAGE), "offset": number(0, 1_000_000)}
