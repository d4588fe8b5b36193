"""The time of a server: real, or simulated; then waiting costs nothing, and a slow machine changes no verdict."""

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    def now(self) -> float:
        """Seconds since it was made."""

    def wait(self, seconds: float) -> None: ...

    def date(self) -> datetime: ...


class SimulatedClock:
    """Stands still but for `wait`, which returns at once."""

    def __init__(self) -> None:
        self._now = 0.0

    def now(self) -> float:
        return self._now

    def wait(self, seconds: float) -> None:
        self._now += seconds

    def date(self) -> datetime:
        return datetime(2027, 1, 4, 10, tzinfo=UTC) + timedelta(seconds=self._now)


class RealClock:
    """For the learner's own client."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def now(self) -> float:
        return time.monotonic() - self._began

    def wait(self, seconds: float) -> None:
        time.sleep(seconds)

    def date(self) -> datetime:
        return datetime.now(UTC)
