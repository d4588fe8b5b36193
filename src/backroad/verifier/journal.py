"""What happened during one check: exchanges, transcript lines, requests that still wait for an answer."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from backroad.verifier.exchange import Exchange

KEPT_EXCHANGES = 400
KEPT_LINES = 200
TOLD_FRAMES = 60


class Journal:
    def __init__(self, on_line: Callable[[str], None] | None = None) -> None:
        self.began = time.perf_counter()
        self.exchanges: deque[Exchange] = deque(maxlen=KEPT_EXCHANGES)
        self.lines: deque[str] = deque(maxlen=KEPT_LINES)
        self.answered = 0
        self.lost = 0
        self._frames = 0
        self._lanes = 0
        self._waiting: dict[int, float] = {}
        self._next = 0
        self._on_line = on_line

    def note(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)
        if exchange.status is None:
            self.lost += 1
        else:
            self.answered += 1

    def line(self, text: str) -> None:
        self.lines.append(text)
        if self._on_line is not None:
            self._on_line(text)

    def frame(self, text: str) -> None:
        """A line for a WebSocket frame. There may be many thousands: only the first are told while the check runs."""
        self._frames += 1
        if self._frames <= TOLD_FRAMES:
            self.line(text)
        else:
            self.lines.append(text)

    def lane(self) -> int:
        self._lanes += 1
        return self._lanes

    @contextmanager
    def waiting(self, deadline: float) -> Iterator[None]:
        """Marks a request as waiting for its answer until `deadline` (time.perf_counter)."""
        self._next += 1
        key = self._next
        self._waiting[key] = deadline
        try:
            yield
        finally:
            del self._waiting[key]

    def unanswered(self) -> dict[int, float]:
        """The requests that wait now, each with its deadline."""
        return dict(self._waiting)
