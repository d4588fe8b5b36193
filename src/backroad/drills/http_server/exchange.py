"""What passed between a client and a drill's server."""

import json
from typing import Any
from urllib.parse import parse_qsl

import msgspec

Fields = tuple[tuple[str, str], ...]


def field(fields: Fields, name: str) -> str:
    """The values of a header, joined as one list; empty where it is not there."""
    return ", ".join(value for key, value in fields if key.lower() == name.lower())


def pairs(text: str) -> dict[str, str]:
    """Of a query or a form; the first of several values. What is malformed is empty."""
    try:
        found = parse_qsl(text, keep_blank_values=True, max_num_fields=100)
    except ValueError:
        return {}
    return dict(reversed(found))


def read_json(body: bytes) -> Any:
    """None where it is not JSON."""
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


class Request(msgspec.Struct, frozen=True):
    method: str
    target: str
    headers: Fields = ()
    body: bytes = b""

    def header(self, name: str) -> str:
        return field(self.headers, name)

    @property
    def path(self) -> str:
        return self.target.partition("?")[0]

    @property
    def last(self) -> str:
        """The last segment of the path."""
        return self.path.rpartition("/")[2]

    @property
    def query(self) -> dict[str, str]:
        return pairs(self.target.partition("?")[2])

    @property
    def form(self) -> dict[str, str]:
        return pairs(self.body.decode("utf-8", "replace"))

    @property
    def media_type(self) -> str:
        """Without its parameters."""
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def object(self) -> dict[str, Any]:
        """The body as a JSON object; empty where it is none."""
        value = read_json(self.body)
        return value if isinstance(value, dict) else {}

    @property
    def cookies(self) -> dict[str, str]:
        parts = (part.strip().partition("=") for part in self.header("Cookie").split(";"))
        return {name: value for name, _, value in parts if name}

    @property
    def bearer(self) -> str:
        """The token of `Authorization: Bearer`."""
        scheme, _, token = self.header("Authorization").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else ""


class Reply(msgspec.Struct, frozen=True):
    """With `lost`, the work is done, and the connection is closed without an answer."""

    status: int
    headers: Fields = ()
    body: bytes = b""
    lost: bool = False

    def header(self, name: str) -> str:
        return field(self.headers, name)


class Frame(msgspec.Struct, frozen=True):
    """One message of a WebSocket."""

    from_client: bool
    text: str


class Exchange(msgspec.Struct, frozen=True):
    """`at` is the time of the request, in seconds by the server's clock."""

    request: Request
    reply: Reply
    at: float
    frames: tuple[Frame, ...] = ()

    @property
    def method(self) -> str:
        return self.request.method

    @property
    def path(self) -> str:
        return self.request.path

    @property
    def status(self) -> int:
        """0 where no answer was sent."""
        return 0 if self.reply.lost else self.reply.status

    @property
    def said(self) -> dict[str, Any]:
        """The reply as a JSON object; empty where it is none."""
        value = read_json(self.reply.body)
        return value if isinstance(value, dict) else {}


def plain(status: int, text: str = "", **headers: str) -> Reply:
    """`Retry_After="2"` becomes `Retry-After: 2`."""
    return Reply(status, _fields(headers), text.encode())


def as_json(status: int, value: object, **headers: str) -> Reply:
    fields = (("Content-Type", "application/json"), *_fields(headers))
    return Reply(status, fields, json.dumps(value, ensure_ascii=False).encode())


def problem(status: int, detail: str, **headers: str) -> Reply:
    fields = (("Content-Type", "application/problem+json"), *_fields(headers))
    return Reply(status, fields, json.dumps({"status": status, "detail": detail}, ensure_ascii=False).encode())


def _fields(headers: dict[str, str]) -> Fields:
    return tuple((name.replace("_", "-"), value) for name, value in headers.items())
