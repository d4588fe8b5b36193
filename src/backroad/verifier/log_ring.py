"""The log of a server in bounded memory: its first 64 KiB and its last 256 KiB."""

import os
import select
import threading
import time
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
        self.readers: list[LogReader] = []  # one for each living pipe

    def catch_up(self, timeout: float) -> None:
        """Wait until what the servers have written so far is in the ring: their pipes are empty, and nothing comes."""
        deadline = time.perf_counter() + timeout
        quiet = 0
        while quiet < 2 and time.perf_counter() < deadline:
            quiet = 0 if any(reader.take() for reader in tuple(self.readers)) else quiet + 1
            time.sleep(0.001)

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
        os.set_blocking(pipe, False)
        self._pipe = pipe
        self._ring = ring
        self._at_end = False
        # held from the read to the write: whoever finds the pipe empty knows that all of it is in the ring
        self._taking = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="backroad-log", daemon=True)
        ring.readers.append(self)
        self._thread.start()

    def _drain(self) -> None:
        waiting = select.poll()
        waiting.register(self._pipe, select.POLLIN)
        while not self._at_end:
            waiting.poll()
            self.take()
        self._ring.readers.remove(self)
        os.close(self._pipe)

    def take(self) -> bool:
        """Move what lies in the pipe, at most 64 KiB, into the ring; False when nothing did."""
        with self._taking:
            if self._at_end:
                return False
            try:
                data = os.read(self._pipe, READ)
            except BlockingIOError:
                return False
            self._at_end = not data
            self._ring.write(data)
            return bool(data)

    def finish(self, timeout: float) -> None:
        """Wait for the last lines of a server that has ended."""
        self._thread.join(timeout)
