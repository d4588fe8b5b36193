"""Wakes the event loop at a given moment, more exactly than the loop's own timers, which tick in milliseconds."""

import asyncio
import ctypes
import os
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

CLOCK_MONOTONIC = 1
FLAGS = os.O_NONBLOCK | getattr(os, "O_CLOEXEC", 0)  # TFD_NONBLOCK and TFD_CLOEXEC are these on Linux
SOONEST = 50e-6  # seconds; arrivals closer together than that go out together


class Alarm:
    """Calls `ring` once for each set(); one earlier than asked for is possible, one later only if the loop is busy.

    On Linux a timerfd (`timerfd_create(2)`, good to about 50 µs). Elsewhere the loop's timer, good to about 1 ms: the
    result of a load says how late requests went out.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._handle: asyncio.TimerHandle | None = None
        self._descriptor = open_timer()
        if self._descriptor >= 0:
            loop.add_reader(self._descriptor, self._expired)

    def set(self, moment: float) -> None:
        """`moment` on the clock of time.perf_counter; replaces what was set before."""
        delay = max(moment - time.perf_counter(), SOONEST)
        if self._descriptor >= 0:
            whole = int(delay)
            spec = struct.pack("4l", 0, 0, whole, int((delay - whole) * 1e9))
            _libc.timerfd_settime(self._descriptor, 0, spec, None)
            return
        if self._handle is not None:
            self._handle.cancel()
        self._handle = self._loop.call_later(delay, self._ring)

    def _expired(self) -> None:
        try:
            os.read(self._descriptor, 8)
        except BlockingIOError:  # set again in the same turn of the loop
            return
        self._ring()

    def close(self) -> None:
        if self._handle is not None:
            self._handle.cancel()
        if self._descriptor >= 0:
            self._loop.remove_reader(self._descriptor)
            os.close(self._descriptor)
            self._descriptor = -1


def open_timer() -> int:
    """A file descriptor; -1 where there is no timerfd."""
    if not hasattr(_libc, "timerfd_create"):
        return -1
    return int(_libc.timerfd_create(CLOCK_MONOTONIC, FLAGS))


# os.timerfd_create() came with Python 3.13.
_libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
