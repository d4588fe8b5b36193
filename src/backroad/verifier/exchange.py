"""Headers, a request to be sent, and the record of one request with its answer."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlencode

import msgspec

Pairs = tuple[tuple[str, str], ...]
HeaderInput = Mapping[str, str | None] | Iterable[tuple[str, str]]
QueryInput = Mapping[str, Any] | Iterable[tuple[str, Any]]

USER_AGENT = "backroad"
BODY_METHODS = frozenset({"POST", "PUT", "PATCH"})
IDEMPOTENT = frozenset({"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"})


class Headers:
    """Header lines in the order they came; names compare without case."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs: Pairs = tuple(pairs)

    def get_all(self, name: str) -> list[str]:
        wanted = name.lower()
        return [value for key, value in self.pairs if key.lower() == wanted]

    def get(self, name: str, default: str | None = None) -> str | None:
        """The value; several lines of one name are joined with ", " as RFC 9110 section 5.3 allows."""
        values = self.get_all(name)
        return ", ".join(values) if values else default

    def __getitem__(self, name: str) -> str:
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and bool(self.get_all(name))

    def __iter__(self) -> Iterator[str]:
        return iter(dict.fromkeys(key for key, _ in self.pairs))

    def __len__(self) -> int:
        return len(self.pairs)

    def items(self) -> Pairs:
        return self.pairs

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Headers) and self.pairs == other.pairs

    def __hash__(self) -> int:
        return hash(self.pairs)

    def __repr__(self) -> str:
        return f"Headers({list(self.pairs)!r})"


class Request(msgspec.Struct, frozen=True):
    """A request not yet sent. `json` left at `...` means no JSON body, so that `json=None` can send `null`."""

    method: str
    path: str
    headers: HeaderInput = ()
    json: Any = ...
    body: bytes | str | None = None
    query: QueryInput | None = None

    @property
    def target(self) -> str:
        """Path and query as they go on the request line."""
        if not self.query:
            return self.path
        pairs = self.query.items() if isinstance(self.query, Mapping) else self.query
        return f"{self.path}{'&' if '?' in self.path else '?'}{urlencode(list(pairs), doseq=True)}"

    def payload(self) -> bytes | None:
        if self.body is not None:
            return self.body.encode() if isinstance(self.body, str) else self.body
        return None if self.json is ... else encode_json(self.json)

    def encode(self, host: str, defaults: HeaderInput = ()) -> tuple[bytes, bytes]:
        """Head (with its empty line) and body, ready for the wire."""
        payload = self.payload()
        own: list[tuple[str, str]] = [("Host", host), ("User-Agent", USER_AGENT), ("Accept", "*/*")]
        if self.body is None and self.json is not ...:
            own.append(("Content-Type", "application/json"))
        pairs = merge(merge(own, defaults), self.headers)
        names = {name.lower() for name, _ in pairs}
        counted = payload is not None or self.method in BODY_METHODS
        if counted and not names & {"content-length", "transfer-encoding"}:
            pairs.append(("Content-Length", str(len(payload or b""))))
        lines = [f"{self.method} {self.target} HTTP/1.1".encode(errors="surrogateescape")]
        lines += [encode_line(f"{name}: {value}") for name, value in pairs]
        return b"\r\n".join(lines) + b"\r\n\r\n", payload or b""


def encode_json(value: Any) -> bytes:
    try:
        return json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # a lone surrogate has no UTF-8 form, but it has a \u escape
        return json.dumps(value).encode()


def encode_line(text: str) -> bytes:
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode(errors="surrogateescape")


def merge(base: HeaderInput, over: HeaderInput) -> list[tuple[str, str]]:
    """`over` replaces lines of the same name; a value of None removes them."""
    new = list(over.items()) if isinstance(over, Mapping) else list(over)
    replaced = {name.lower() for name, _ in new}
    old = list(base.items()) if isinstance(base, Mapping) else list(base)
    kept = [(name, value) for name, value in old if value is not None and name.lower() not in replaced]
    return kept + [(name, value) for name, value in new if value is not None]


class Exchange(msgspec.Struct, frozen=True, kw_only=True):
    """One request and what became of it. Bodies are cut at 4 KiB; in a finding, secrets are masked."""

    lane: int  # which connection of the check, from 1
    started: float  # seconds since the check began
    seconds: float
    method: str
    path: str
    request_head: str
    request_body: str = ""
    status: int | None = None  # None: no answer came
    response_head: str = ""
    response_body: str = ""
    no_answer: str = ""  # why none came
    together: bool = False  # released at the same moment as others
    reconnected: bool = False  # the idle connection had been closed, so the request went out on a new one
    extra_bytes: int = 0  # bytes that arrived after the end of the answer
