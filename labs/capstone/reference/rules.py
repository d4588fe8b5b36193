"""What may be in a link. Every rule about input is here; nothing here knows of HTTP or storage."""

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

import msgspec

URL_LENGTH, TITLE_LENGTH, NAME_LENGTH, BATCH_LENGTH, PAGE_LENGTH = 2048, 200, 100, 1000, 100
URI = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")  # the characters of RFC 3986, section 2
WEB = re.compile(r"(https?)://(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::([0-9]{1,5}))?(?:[/?#].*)?", re.IGNORECASE)
NUMBER = re.compile(r"0x[0-9a-f]*|[0-9]+")
ALIAS = re.compile(r"[A-Za-z0-9_-]{3,64}")
RESERVED = {"links", "keys", "healthz", "batch", "readyz", "metrics"}  # they are paths of ours
HOME = {"localhost", "local", "internal"}
PUBLIC_IPV6 = ip_network("2000::/3")

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
            one: Judge = judges.get(name, _unknown)
            judged[name] = one(value)
        except ValueError as error:
            errors[name] = str(error)
    if errors:
        raise Invalid(errors)
    return judged


def judge_all(body: Any, judge_one: Judge) -> list[Any]:
    """The same for {"links": [...]}; errors are named links.<position>.<field>."""
    drafts = judge(body, {"links": _batch}, required=["links"])["links"]
    judged: list[Any] = []
    errors: dict[str, str] = {}
    for position, draft in enumerate(drafts):
        try:
            judged.append(judge_one(draft))
        except Invalid as invalid:
            errors |= {f"links.{position}.{field}".rstrip("."): text for field, text in invalid.errors.items()}
    if errors:
        raise Invalid(errors)
    return judged


def url_outside(base_url: str) -> Judge:
    """The judge of target URLs for a shortener that lives at base_url."""
    home = _host_and_port(base_url)

    def url(value: Any) -> str:
        if not isinstance(value, str) or len(value) > URL_LENGTH or not URI.fullmatch(value):
            raise ValueError(f"must be a URL of at most {URL_LENGTH} characters, percent-encoded where needed")
        host, port = _host_and_port(value)
        if (host, port) == home:
            raise ValueError("must not lead back to the shortener")
        if not _is_public(host):
            raise ValueError("must lead to a public host")
        return value

    return url


def alias(value: Any) -> str | None:
    if value is None:
        return None
    if not isinstance(value, str) or not ALIAS.fullmatch(value):
        raise ValueError("must be 3 to 64 letters, digits, - or _")
    if value.lower() in RESERVED:
        raise ValueError("is reserved")
    return value


def title(value: Any) -> str | None:
    return None if value is None else _text(value, 0, TITLE_LENGTH)


def name(value: Any) -> str:
    return _text(value, 1, NAME_LENGTH)


def expires_at(value: Any) -> datetime | None:
    """The instant in UTC, to the millisecond."""
    if value is None:
        return None
    try:
        when = msgspec.convert(value, datetime) if isinstance(value, str) else None
        instant = when.astimezone(UTC) if when and when.tzinfo else None
    except (msgspec.ValidationError, OverflowError):
        instant = None
    if instant is None:
        raise ValueError("must be an RFC 3339 date and time with an offset")
    if instant <= datetime.now(UTC):
        raise ValueError("must be in the future")
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def limit(value: Any) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", value) or not 1 <= int(value) <= PAGE_LENGTH:
        raise ValueError(f"must be a whole number from 1 to {PAGE_LENGTH}")
    return int(value)


def _unknown(_: Any) -> None:
    raise ValueError("is not a field that can be set")


def _text(value: Any, least: int, most: int) -> str:
    if not isinstance(value, str) or not least <= len(value) <= most or "\0" in value:  # PostgreSQL keeps no NUL
        raise ValueError(f"must be a text of {least} to {most} characters, none of them NUL")
    return value


def _batch(value: Any) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= BATCH_LENGTH:
        raise ValueError(f"must be a list of 1 to {BATCH_LENGTH} links")
    return value


def _host_and_port(url: str) -> tuple[str, int]:
    found = WEB.fullmatch(url)
    if not found:
        raise ValueError("must be http:// or https://, a host, and no user name or password")
    scheme, host, port = found.groups()
    number = int(port or (443 if scheme.lower() == "https" else 80))
    if not 1 <= number <= 65535:
        raise ValueError("must have a port from 1 to 65535")
    return host.lower().removesuffix("."), number


def _is_public(host: str) -> bool:
    """Judged by its spelling. Looking a name up would prove nothing: its owner can change the answer at any time."""
    if host.startswith("["):
        ipv6 = IPv6Address(host[1:-1])
        return ipv6 in PUBLIC_IPV6 and ipv6.is_global and ipv6.sixtofour is None
    labels = host.split(".")
    if NUMBER.fullmatch(labels[-1]):
        ipv4 = _ipv4(labels)
        return ipv4.is_global and not ipv4.is_multicast
    return len(labels) >= 2 and all(labels) and labels[-1] not in HOME


def _ipv4(parts: list[str]) -> IPv4Address:
    """127.0.0.1, 127.1, 0x7f.1, 0177.0.0.1 and 2130706433 are one address (URL standard, "IPv4 parser")."""
    if len(parts) > 4 or not all(NUMBER.fullmatch(part) for part in parts):
        raise ValueError("must have a host that exists")
    *heads, tail = [int(part, 16 if part.startswith("0x") else 8 if part.startswith("0") else 10) for part in parts]
    if any(head > 255 for head in heads) or tail >= 256 ** (4 - len(heads)):
        raise ValueError("must have a host that exists")
    return IPv4Address(sum(head << 8 * (3 - position) for position, head in enumerate(heads)) + tail)
