"""One direction between a target and what it depends on: a bounded queue that hands on what is due."""

import asyncio
import contextlib
import random
import socket
import struct
from collections import deque
from enum import Enum
from typing import Protocol, cast

from backroad.verifier.dependencies.conditions import Conditions

RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing sends RST
HIGH = 256 << 10  # bytes waiting in one direction before reading stops
WRITE_HIGH = 64 << 10
SLICES = 20  # a second of limited bandwidth is handed on in so many pieces


class Ending(Enum):
    OPEN = 0
    FINISHED = 1  # FIN: the other direction may go on
    RESET = 2


class Surroundings(Protocol):
    conditions: Conditions
    random: random.Random


class Owner(Protocol):
    def arrived(self, side: "Side", data: bytes) -> None: ...

    def ended(self, side: "Side", how: Ending) -> None: ...

    def settle(self) -> None: ...


class Side(asyncio.Protocol):
    """One of the two connections of a link."""

    def __init__(self, sock: socket.socket, owner: Owner) -> None:
        self.socket = sock
        self.transport: asyncio.Transport | None = None
        self.inward: Pipe | None = None  # carries what is written to this side
        self.full = False
        self.lost = False
        self._owner = owner
        self._reading = True
        self._doomed = False  # reset before its transport was there

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclass
        self.transport.set_write_buffer_limits(WRITE_HIGH)
        if self._doomed:
            self.reset()

    def data_received(self, data: bytes) -> None:
        self._owner.arrived(self, data)

    def eof_received(self) -> bool:
        self._owner.ended(self, Ending.FINISHED)
        return True

    def connection_lost(self, error: Exception | None) -> None:
        self.lost = True
        self.full = False
        self._owner.ended(self, Ending.FINISHED if error is None else Ending.RESET)
        self._owner.settle()

    def pause_writing(self) -> None:
        self.full = True
        if self.inward is not None:
            self.inward.regulate()

    def resume_writing(self) -> None:
        self.full = False
        if self.inward is not None:
            self.inward.pump()

    def read(self, wanted: bool) -> None:
        if wanted != self._reading and self.transport is not None and not self.transport.is_closing():
            self._reading = wanted
            (self.transport.resume_reading if wanted else self.transport.pause_reading)()

    def write(self, data: bytes) -> None:
        if self.transport is not None and not self.transport.is_closing():
            self.transport.write(data)

    def finish(self) -> None:
        with contextlib.suppress(OSError, RuntimeError):
            if self.transport is not None and not self.transport.is_closing():
                self.transport.write_eof()

    def close(self) -> None:
        if self.transport is not None:
            self.transport.close()

    def reset(self) -> None:
        if self.transport is None:
            self._doomed = True
        elif not self.lost:
            with contextlib.suppress(OSError):
                self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.transport.abort()


class Pipe:
    def __init__(self, surroundings: Surroundings, owner: Owner, source: Side, *, delayed: bool) -> None:
        self.bytes = 0  # handed on
        self.ending = Ending.OPEN
        self.ended = False  # the ending was handed on
        self._surroundings = surroundings
        self._owner = owner
        self._source = source
        self._sink: Side | None = None  # None until it is connected
        self._delayed = delayed
        self._queue: deque[tuple[float, float, bytes]] = deque()  # arrived, its part of the jitter, data
        self._waiting = 0
        self._free_at = 0.0  # when a limited line has room again
        self._timer: asyncio.TimerHandle | None = None
        self._loop = asyncio.get_running_loop()

    def attach(self, sink: Side) -> None:
        self._sink = sink
        sink.inward = self
        self.pump()

    def push(self, data: bytes) -> None:
        if not data:
            return
        now = self._surroundings.conditions
        clear = not (now.dropping or now.bandwidth or (self._delayed and (now.latency or now.jitter)))
        if clear and not self._queue and self._sink is not None:
            self.bytes += len(data)
            self._sink.write(data)
            return
        self._queue.append((self._loop.time(), self._surroundings.random.random(), data))
        self._waiting += len(data)
        self.pump()

    def pump(self) -> None:
        """Hand on what is due; called again whenever something changes."""
        self._stop_timer()
        now = self._surroundings.conditions
        sink = self._sink
        if sink is not None and not now.dropping:
            while self._queue and not sink.full:
                due = self._due(now)
                if due > self._loop.time():
                    self._timer = self._loop.call_at(due, self.pump)
                    break
                self._hand_on(sink, now.bandwidth)
            if not self._queue and self.ending is not Ending.OPEN and not self.ended:
                self.ended = True
                (sink.reset if self.ending is Ending.RESET else sink.finish)()
                self._owner.settle()
        self.regulate()

    def _due(self, now: Conditions) -> float:
        arrived, part, _ = self._queue[0]
        due = arrived + (now.latency + now.jitter * part if self._delayed else 0.0)
        return max(due, self._free_at) if now.bandwidth else due

    def _hand_on(self, sink: Side, bandwidth: int) -> None:
        arrived, part, data = self._queue.popleft()
        if bandwidth:
            room = max(1, bandwidth // SLICES)
            if len(data) > room:
                self._queue.appendleft((arrived, part, data[room:]))
                data = data[:room]
            self._free_at = max(self._loop.time(), self._free_at) + len(data) / bandwidth
        self._waiting -= len(data)
        self.bytes += len(data)
        sink.write(data)

    def regulate(self) -> None:
        """Read from the source only while there is room for it."""
        sink = self._sink
        busy = sink is None or sink.full or self._waiting > HIGH or self._surroundings.conditions.dropping
        self._source.read(not busy)

    def clear(self) -> None:
        self._queue.clear()
        self._waiting = 0
        self._stop_timer()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
