"""One request to a stand-in, as it is recorded, and what it answers."""

import json
from collections.abc import AsyncGenerator, Mapping
from typing import Any

import msgspec

KEPT_BODY = 16 << 10


class Call(msgspec.Struct, frozen=True):
    method: str
    path: str  # without the query, as it was sent
    query: Mapping[str, str]  # the last value of each name
    headers: Mapping[str, str]  # names in lower case; values of one name joined by commas
    body: bytes  # whole while it is answered; what is recorded has the first 16 KiB
    at: float  # seconds on time.perf_counter()

    @property
    def text(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def work(self) -> bool:
        return True

    def json(self) -> Any:
        """The body; ValueError if it is not JSON."""
        return json.loads(self.body)

    def recorded(self) -> "Call":
        return self if len(self.body) <= KEPT_BODY else msgspec.structs.replace(self, body=self.body[:KEPT_BODY])


class Cut(Exception):
    """Raised by a stream that is to end in the middle."""


class Reply(msgspec.Struct, frozen=True):
    status: int = 200
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    type: str = "application/json"
    stream: AsyncGenerator[bytes, None] | None = None  # instead of the body, in chunks as they come


def reply_json(value: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
    return Reply(status=status, body=msgspec.json.encode(value), headers=headers)
