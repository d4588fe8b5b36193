"""What may come in. Every rule about input is here; nothing here knows of HTTP or storage."""

import re
import time
import unicodedata
from collections.abc import Callable, Collection
from typing import Any

EMAIL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z0-9-]{2,63}")
EMAIL_LENGTH, NAME_LENGTH, PASSWORD_LEAST, PASSWORD_MOST = 254, 100, 12, 200
LOCAL_PATH = re.compile(r"/(?:[A-Za-z0-9._~?&=%-][A-Za-z0-9._~/?&=%-]*)?")  # neither "//host" nor "/\host"
ROLES = ("user", "admin")

Judge = Callable[[Any], Any]


class Invalid(Exception):
    """What is wrong with the input: field -> message. Every field that is wrong, not the first one."""

    def __init__(self, errors: dict[str, str]) -> None:
        super().__init__(errors)
        self.errors = errors


def now() -> int:
    """Milliseconds since 1970; the only time that is kept."""
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


def all_of(body: Any, **judges: Judge) -> dict[str, Any]:
    return judge(body, judges, required=judges)


def email(value: Any) -> str:
    if not isinstance(value, str) or len(value) > EMAIL_LENGTH or not EMAIL.fullmatch(value):
        raise ValueError("must be an e-mail address")
    return value


def email_key(address: str) -> str:
    """Two spellings of one address have one key."""
    return address.lower()


def name(value: Any) -> str:
    if not isinstance(value, str) or not 1 <= len(value) <= NAME_LENGTH or _has(value, "Cc", "Cs"):
        raise ValueError(f"must be a text of 1 to {NAME_LENGTH} characters, none of them a control character")
    return value


def password(value: Any) -> str:
    """A new one: long enough, and not so long that hashing it is work for an attacker to give us."""
    if not isinstance(value, str) or not PASSWORD_LEAST <= len(value) <= PASSWORD_MOST or _has(value, "Cs"):
        raise ValueError(f"must have {PASSWORD_LEAST} to {PASSWORD_MOST} characters")
    return value


def text(value: Any) -> str:
    """Something to be compared with what we know: a password, a code, a token."""
    if not isinstance(value, str) or len(value) > 1000 or _has(value, "Cs"):
        raise ValueError("must be a text")
    return value


def role(value: Any) -> str:
    if value not in ROLES:
        raise ValueError("must be user or admin")
    return str(value)


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false")
    return value


def local_path(value: str) -> str:
    """Where to go after a login; home if it leads anywhere else than to a page of ours."""
    return value if LOCAL_PATH.fullmatch(value) else "/account"


def _has(value: str, *categories: str) -> bool:
    """Cc: control characters, Cs: halves of surrogate pairs, which cannot be written as UTF-8."""
    return any(unicodedata.category(char) in categories for char in value)


def _unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")
