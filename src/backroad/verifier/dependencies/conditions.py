"""What a proxy does to the traffic, and the handle that ends it."""

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any

import msgspec


class Conditions(msgspec.Struct, frozen=True):
    latency: float = 0.0  # seconds added to each answer of the server
    jitter: float = 0.0  # seconds; a random part of it is added on top
    bandwidth: int = 0  # bytes per second for each connection and direction; 0: no limit
    dropping: bool = False  # connections are accepted and stay open, nothing is forwarded
    refusing: bool = False  # new connections are refused


CLEAR = Conditions()


class Fault:
    """In force from the moment it is made. As `async with` it ends with the block, and leaves other faults alone."""

    def __init__(self, change: Callable[[Mapping[str, Any]], None], before: Mapping[str, Any]) -> None:
        self._change = change
        self._before = before

    def end(self) -> None:
        self._change(self._before)

    async def __aenter__(self) -> "Fault":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.end()
