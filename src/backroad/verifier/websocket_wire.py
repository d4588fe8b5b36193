"""One WebSocket connection on asyncio: connecting, and what arrives. What checks do with it is in `websocket.py`."""

import asyncio
import contextlib
import json
import socket as sockets
import struct
import time
from collections import deque
from collections.abc import Callable
from typing import Any, cast

import msgspec
from websockets.frames import Frame
from websockets.protocol import CLIENT, OPEN, Protocol
from websockets.protocol import State as ProtocolState

from backroad.verifier.answer import Answer
from backroad.verifier.dial import NoReply
from backroad.verifier.journal import Journal
from backroad.verifier.record import Record
from backroad.verifier.websocket_frames import (
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    close_parts,
    close_words,
    frame_line,
)
from backroad.verifier.websocket_opening import UpgradeReader
from backroad.verifier.wording import seconds

MAX_MESSAGE = 1 << 20  # bytes that one message of the target may have
MAX_UNREAD = 20_000  # messages
RESET = struct.pack("ii", 1, 0)


class Message(msgspec.Struct, frozen=True):
    """`text` is None for a binary one."""

    text: str | None
    data: bytes
    at: float  # time.perf_counter

    def json(self) -> Any:
        return json.loads(self.data)


class Closing(msgspec.Struct, frozen=True):
    """How the target ended a connection. No code: it sent no close frame, or an empty one (`said`)."""

    code: int | None
    reason: str
    said: bool

    def __str__(self) -> str:
        return close_words(self.code, self.reason) if self.said else "the end of the connection, without a close frame"


class Wire(asyncio.Protocol):
    """One connection. What arrives goes to `on_message`, if set, else it waits for receive()."""

    def __init__(self, journal: Journal, record: Record, sock: sockets.socket) -> None:
        self.lane = record.lane
        self.answer: Answer  # to the upgrade
        self.on_message: Callable[[Message], None] | None = None
        self.on_closed: Callable[[], None] | None = None
        self.answers_pings = True
        self.pings = 0  # that arrived
        self.pushed = 0  # messages
        self.last_pushed = ""
        self.closing: Closing | None = None  # set when the target has ended the connection
        self._journal = journal
        self._record = record
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._upgrade = UpgradeReader()
        self._protocol: Protocol | None = None
        self._close_frame: tuple[int | None, str] | None = None
        self._parts: list[bytes] = []
        self._kind = TEXT
        self._unread: deque[Message] = deque()
        self._pongs: set[bytes] = set()
        self._changed = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._lost = False
        self._reading = True

    async def _shake_hands(self, head: bytes, timeout: float) -> None:
        self._write(head)
        if not await self.until(lambda: self._upgrade.reply is not None or bool(self._upgrade.problem), timeout):
            self.abort()
            raise NoReply(f"did not answer within {seconds(timeout)}", sent=True, timed_out=True)
        reply = self._upgrade.reply
        if reply is None:
            self.abort()
            raise NoReply(self._upgrade.problem, sent=True)
        self.answer = self._record.answer(reply)
        if reply.status != 101:
            self.abort()

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    @property
    def over(self) -> bool:
        return self._lost or self._close_frame is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._transport.set_write_buffer_limits(64 << 10)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()
        self._changed.set()

    def data_received(self, data: bytes) -> None:
        if self._protocol is None:
            rest = self._upgrade.feed(data)
            self._changed.set()
            if rest is None:
                return
            self._protocol, data = Protocol(CLIENT, state=OPEN, max_size=MAX_MESSAGE), rest
        if data and not self._protocol.reader.eof:
            self._protocol.receive_data(data)
            self._take_events()

    def _take_events(self) -> None:
        assert self._protocol is not None
        for event in self._protocol.events_received():
            if isinstance(event, Frame):
                self._take(int(event.opcode), bytes(event.data), event.fin)
        for written in self._protocol.data_to_send():
            if written and (self.answers_pings or self._protocol.state is not ProtocolState.OPEN):
                self._write(written)
        self._changed.set()

    def _take(self, opcode: int, data: bytes, fin: bool) -> None:
        if opcode != PONG and (opcode != PING or self.pings < 3):
            self._journal.frame(frame_line(self.lane, "<", opcode, data, len(data)))
        if opcode == CLOSE:
            self._close_frame = close_parts(data)
        elif opcode == PING:
            self.pings += 1
        elif opcode == PONG:
            self._pongs.add(data)
        else:
            self._kind = self._kind if opcode == CONTINUATION else opcode
            self._parts.append(data)
            if fin:
                whole, self._parts = b"".join(self._parts), []
                text = whole.decode(errors="replace") if self._kind == TEXT else None
                self._deliver(Message(text, whole, time.perf_counter()))

    def _deliver(self, message: Message) -> None:
        if self.on_message is not None:
            self.on_message(message)
        elif len(self._unread) < MAX_UNREAD:
            self._unread.append(message)

    def eof_received(self) -> bool:
        # A reset in answer to the target's FIN keeps its port out of TIME_WAIT, so that it can be restarted at once.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        if self._protocol is None:
            self._upgrade.end()
        code, reason = self._close_frame or (None, "")
        self.closing = Closing(code, reason, said=self._close_frame is not None)
        self._changed.set()
        if self.on_closed is not None:
            self.on_closed()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._lost:
            self._transport.write(data)

    async def until(self, condition: Callable[[], bool], timeout: float) -> bool:
        """Whether something comes true, which is looked at after everything that arrives."""
        deadline = time.perf_counter() + timeout
        while not condition():
            self._changed.clear()
            left = deadline - time.perf_counter()
            if left <= 0:
                return False
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    await self._changed.wait()
        return True
