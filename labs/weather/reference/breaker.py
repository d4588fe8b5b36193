"""A circuit breaker: after too many failures nobody calls for a while, then one call tries."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from trouble import Limited, Open, Unavailable

T = TypeVar("T")


class Breaker:
    """Closed while all is well. Open until a moment; from that moment on one call decides which it is again."""

    def __init__(self, failures: int, seconds: float) -> None:
        self._most = failures
        self._seconds = seconds
        self._failures = 0  # in a row
        self._open = False
        self._until = 0.0  # time.monotonic()
        self._trying = False

    async def call(self, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` returns or raises; Open, without calling it, while that is of no use."""
        trial = self._admit()
        try:
            result = await work()
        except Limited as limited:
            self._trip(limited.seconds)
            raise
        except Unavailable:
            self._failed(trial)
            raise
        finally:
            self._trying = self._trying and not trial
        if trial or not self._open:  # else it began before the breaker opened, and knows nothing newer
            self._open, self._failures = False, 0
        return result

    def _admit(self) -> bool:
        """True if this call is the one that tries."""
        if not self._open:
            return False
        wait = self._until - time.monotonic()
        if wait > 0 or self._trying:
            raise Open(max(wait, 1.0))
        self._trying = True
        return True

    def _failed(self, trial: bool) -> None:
        self._failures += 1
        if trial or (not self._open and self._failures >= self._most):
            self._trip(self._seconds)

    def _trip(self, seconds: float) -> None:
        self._open = True
        self._until = max(self._until, time.monotonic() + seconds)
