"""What stands in double braces: something of an earlier answer, a value, or a helper applied to a text.

`{{first.status}}`, `{{first.headers.ETag}}`, `{{first.body}}`, `{{first.body.items.0.id}}`; of a header also
`{{first.headers.Location.query.code}}` and `{{first.headers.Set-Cookie.cookie.sid}}`.
A body of server-sent events is a list of objects. Helpers take the rest of the braces, and braces may stand in braces:
`{{base64 ada:{{password}}}}`.
"""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from backroad.drills.http_server.exchange import Reply, pairs, read_json

LONGEST = 64 * 1024
_DEEPEST = 4
_BRACES = re.compile(r"(\{\{|\}\})")


class Unfilled(Exception):
    """Why a placeholder has no value now, to follow "it was not sent: "."""


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _signed(text: str) -> str:
    key, _, message = text.partition(" ")
    return hmac.new(key.encode(), message.encode(), hashlib.sha256).hexdigest()


HELPERS: Mapping[str, Callable[[str], str]] = {
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "sha256_base64url": lambda text: _base64url(hashlib.sha256(text.encode()).digest()),
    "hmac_sha256": _signed,
    "urlencode": lambda text: quote(text, safe=""),
}


def wrong_in(text: str, names: Collection[str], values: Collection[str]) -> str:
    """What is wrong with its placeholders, whatever the answers will be; empty where nothing is."""
    wrong: list[str] = []

    def put(inside: str) -> str:
        word, _, rest = inside.partition(" ")
        name, _, path = word.partition(".")
        helper = word in HELPERS and rest
        answer = name in names and path.split(".")[0] in ("status", "headers", "body") and not rest
        if not helper and not answer and inside not in values:
            wrong.append(f"`{{{{{inside[:60]}}}}}` is not understood")
        return "x"

    try:
        _walk(text, put)
    except Unfilled as why:
        wrong.append(str(why))
    return wrong[0] if wrong else ""


def _walk(text: str, put: Callable[[str], str]) -> str:
    """Puts `put(inside)` in the place of each pair of braces, the inner ones first. What is put is not looked into."""
    open_parts: list[list[str]] = [[]]
    for part in _BRACES.split(text):
        if part == "{{":
            open_parts.append([])
            if len(open_parts) > _DEEPEST:
                raise Unfilled("there are braces within braces within braces")
        elif part == "}}" and len(open_parts) > 1:
            inside = "".join(open_parts.pop())
            open_parts[-1].append(put(inside.strip()))
        else:
            open_parts[-1].append(part)
    if len(open_parts) > 1:
        raise Unfilled("braces are opened and not closed")
    return "".join(open_parts[0])


class Filler:
    """Fills placeholders in from earlier answers and values, up to 64 KiB in all."""

    def __init__(self, answers: Mapping[str, Reply], values: Mapping[str, str]) -> None:
        self.answers = answers
        self.values = values
        self._room = LONGEST
        self._deep = 0

    def fill(self, text: str) -> str:
        """`Unfilled` where an earlier answer has not what is taken from it, or the text grows too long."""
        return _walk(text, self._put)

    def _put(self, inside: str) -> str:
        value = self._value(inside)
        self._room -= len(value)
        if self._room < 0:
            raise Unfilled("it is longer than 64 KiB.")
        return value

    def _value(self, inside: str) -> str:
        word, _, rest = inside.partition(" ")
        if word in HELPERS:
            return HELPERS[word](rest.strip())
        if inside in self.values:
            return self._nested(self.values[inside])
        name, _, path = inside.partition(".")
        if name not in self.answers:
            raise Unfilled(f"there was no answer to `{name[:40]}`.")
        part, _, rest = path.partition(".")
        reply = self.answers[name]
        if part == "status":
            return str(reply.status)
        return _of_headers(name, reply, rest) if part == "headers" else _of_body(name, reply, rest)

    def _nested(self, text: str) -> str:
        self._deep += 1
        if self._deep > _DEEPEST:
            raise Unfilled("values name one another in a circle.")
        filled = self.fill(text)
        self._deep -= 1
        return filled


def _of_headers(name: str, reply: Reply, path: str) -> str:
    header, _, rest = path.partition(".")
    value = reply.header(header)
    if not value:
        raise Unfilled(f"the answer to `{name}` ({reply.status}) has no header `{header[:60]}`.")
    if not rest:
        return value
    kind, _, wanted = rest.partition(".")
    if kind == "query":
        found = pairs(urlsplit(value).query).get(wanted)
    elif kind == "cookie":
        found = next((cookie[1] for cookie in _cookies(reply, header) if cookie[0] == wanted), None)
    else:
        found = None
    if found is None:
        raise Unfilled(f"the header `{header}` of the answer to `{name}` has no `{rest[:60]}`.")
    return found


def _cookies(reply: Reply, header: str) -> Iterator[tuple[str, str]]:
    for name, value in reply.headers:
        if name.lower() == header.lower():
            cookie, _, text = value.partition(";")[0].partition("=")
            yield cookie, text


def _of_body(name: str, reply: Reply, path: str) -> str:
    text = reply.body.decode("utf-8", "replace")
    if not path:
        return text
    value: Any = _events(text) if reply.header("Content-Type") == "text/event-stream" else read_json(reply.body)
    for key in path.split("."):
        if isinstance(value, dict) and key in value:
            value = value[key]
        elif isinstance(value, list) and re.fullmatch(r"-?\d{1,4}", key) and -len(value) <= int(key) < len(value):
            value = value[int(key)]
        else:
            raise Unfilled(f"the body of the answer to `{name}` ({reply.status}) has no `{path[:60]}`.")
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _events(text: str) -> list[dict[str, str]]:
    blocks = [block for block in text.split("\n\n") if block.strip()]
    return [dict(_line(line) for line in block.split("\n") if ":" in line) for block in blocks]


def _line(line: str) -> tuple[str, str]:
    name, _, value = line.partition(":")
    return name, value.strip()
