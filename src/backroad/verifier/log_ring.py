"""The log of a server in bounded memory: its first 64 KiB and its last 256 KiB."""

import contextlib
import os
import threading
from collections import deque

from backroad.verifier.wording import size

KEPT_FIRST = 64 << 10
KEPT_LAST = 256 << 10
READ = 64 << 10


class LogRing:
    def __init__(self) -> None:
        self.total = 0  # bytes ever written
        self._first = bytearray()
        self._last: deque[bytes] = deque()
        self._last_size = 0
        self._lock = threading.Lock()

    def write(self, data: bytes) -> None:
        with self._lock:
            self.total += len(data)
            room = KEPT_FIRST - len(self._first)
            if room > 0:
                self._first += data[:room]
                data = data[room:]
            if not data:
                return
            self._last.append(data)
            self._last_size += len(data)
            while self._last_size - len(self._last[0]) >= KEPT_LAST:
                self._last_size -= len(self._last.popleft())

    def text(self) -> str:
        with self._lock:
            first, last = bytes(self._first), b"".join(self._last)[-KEPT_LAST:]
        left_out = self.total - len(first) - len(last)
        gap = f"\n… {size(left_out)} left out …\n" if left_out > 0 else ""
        return first.decode(errors="replace") + gap + last.decode(errors="replace")

    def since(self, mark: int) -> str:
        """What was written after `total` had been `mark`, as far as it is kept."""
        with self._lock:
            first, last = bytes(self._first), b"".join(self._last)[-KEPT_LAST:]
            start = self.total - len(last)
        kept_first = first[mark:] if mark < len(first) else b""
        return (kept_first + last[max(mark - start, 0) :]).decode(errors="replace")


class LogReader:
    """Drains a pipe into a ring on a thread of its own, so that no server ever blocks on a full pipe."""

    def __init__(self, pipe: int, ring: LogRing) -> None:
        self._pipe = pipe
        self._ring = ring
        self._thread = threading.Thread(target=self._drain, name="backroad-log", daemon=True)
        self._thread.start()

    def _drain(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._pipe, READ):
                self._ring.write(data)
        with contextlib.suppress(OSError):
            os.close(self._pipe)

    def finish(self, timeout: float) -> None:
        """Wait for the last lines of a server that has ended."""
        self._thread.join(timeout)
