"""One keep-alive connection of a load: one request at a time, next to no work for an answer that looks like the last.

Where an answer ends follows from its head alone as soon as the head has a Content-Length and no Transfer-Encoding. So a
head that came before is not parsed again: comparing its bytes is enough. Everything else goes through httptools, and
everything odd through the reader that checks use.
"""

import asyncio
import contextlib
import socket
import struct
import time
from collections.abc import Callable
from typing import Any, Protocol, cast

import httptools

from backroad.verifier.exchange import IDEMPOTENT, Headers
from backroad.verifier.reply import MAX_HEAD, Reply, ReplyReader
from backroad.verifier.wording import size

IDLE, FRESH, PARTIAL = 0, 1, 2  # no request; a request without any byte of its answer; some bytes
MAX_MEMOS = 64
RELEARN = 0.05  # seconds between two heads learned for one length: a head that is never the same twice costs little
RESET = struct.pack("ii", 1, 0)
MORE = "sent bytes after the end of its answer"
SAFE_STARTS = tuple(f"{method} ".encode() for method in sorted(IDEMPOTENT))


class Owner(Protocol):
    """What a lane tells, and to whom. `answered` and `lost` leave the lane idle, or closed where it is not usable."""

    check: Any
    max_body: int
    memos: "dict[int, Memo]"

    def opened(self, lane: "Lane") -> None: ...
    def answered(self, lane: "Lane", now: float, status: int, seen: tuple[Headers, bytes] | None) -> None: ...
    def lost(self, lane: "Lane", reason: str, *, repeatable: bool) -> None: ...
    def gone(self, lane: "Lane") -> None: ...


class Memo:
    """What a head means."""

    __slots__ = ("head", "headers", "keep_alive", "learned", "size", "status")

    def __init__(self, head: bytes, status: int, headers: Headers, learned: float, *, keep_alive: bool) -> None:
        self.head = head
        self.size = len(head)
        self.status = status
        self.headers = headers
        self.keep_alive = keep_alive
        self.learned = learned


def nowhere(data: bytes) -> None:
    """Where a lane writes before it is connected."""


class Lane(asyncio.Protocol):
    __slots__ = (  # a quarter less time for each answer
        "_begun", "_complete", "_head_only", "_parser", "_reader", "_received", "_socket", "_status", "_transport",
        "_write", "at", "data", "deadline", "owner", "repeated", "state", "usable", "used",
    )  # fmt: skip

    def __init__(self, owner: Owner, sock: socket.socket) -> None:
        self.owner = owner
        self.state = IDLE
        self.usable = False  # may carry a request
        self.used = 0
        self.at = 0.0  # when the request was due
        self.deadline = 0.0
        self.data = b""
        self._head_only = False
        self.repeated = False
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._write: Callable[[bytes], None] = nowhere
        self._parser = httptools.HttpResponseParser(self)
        self._reader: ReplyReader | None = None
        self._received: bytes | bytearray = b""
        self._begun = self._complete = self._status = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._write = self._transport.write
        self.usable = True
        self.owner.opened(self)

    def send(self, data: bytes, at: float, deadline: float) -> None:
        """`at`: when it was due; latency counts from there."""
        self.at = at
        self.deadline = deadline
        self.used += 1
        self.state = FRESH
        if data is not self.data:
            self.data = data
            self._head_only = data.startswith(b"HEAD ")
        if self._head_only:
            self.state = PARTIAL
            self._reader = ReplyReader(head_only=True, max_body=self.owner.max_body)
        self._write(data)

    def data_received(self, data: bytes) -> None:
        if self.state == FRESH:
            memo = self.owner.memos.get(len(data))
            if memo is not None and data.startswith(memo.head):
                self.state = IDLE
                self.usable = memo.keep_alive
                seen = (memo.headers, data[memo.size :]) if self.owner.check is not None else None
                self.owner.answered(self, time.perf_counter(), memo.status, seen)
                return
            self._received = data
        elif self.state == IDLE:  # bytes that nobody asked for would pass for the next answer
            self.close()
            self.owner.gone(self)
            return
        elif self._reader is None:
            if isinstance(self._received, bytes):
                self._received = bytearray(self._received)
            self._received += data
        self.state = PARTIAL
        self._parse(data)

    def _parse(self, data: bytes) -> None:
        if self._reader is not None:
            self._reader.feed(data)
            self._judge(self._reader)
            return
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserUpgrade, httptools.HttpParserError):
            self._read_again(ended=False)
            return
        if len(self._received) > self.owner.max_body + MAX_HEAD:
            self._fail(f"sent an answer larger than {size(self.owner.max_body)}")
        elif self._begun > 1:
            self._fail(MORE)
        elif self._complete:
            self._finish()

    def on_message_begin(self) -> None:
        self._begun += 1

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            self._begun -= 1
        else:
            self._complete += 1
            self._status = status
            self.usable = self._parser.should_keep_alive() and status != 101  # the parser forgets it right after this

    def _finish(self) -> None:
        """A whole answer, whose head is new."""
        now, data, seen = time.perf_counter(), bytes(self._received), None
        known = self.owner.memos.get(len(data))
        fresh = known is None or now - known.learned > RELEARN
        if fresh or self.owner.check is not None:
            reader = ReplyReader(head_only=False, max_body=len(data))
            reader.feed(data)
            if reader.reply is None:
                self._fail(reader.problem)
                return
            seen = (Headers(reader.reply.headers), reader.reply.body)
            if fresh:
                self._learn(data, reader.reply, seen[0], now)
        self._rest()
        self.owner.answered(self, now, self._status, seen if self.owner.check is not None else None)

    def _learn(self, data: bytes, reply: Reply, headers: Headers, now: float) -> None:
        """Keep the head, if it alone decides where its answer ends."""
        memos = self.owner.memos
        head = data[: len(data) - len(reply.body)]
        counted = headers.get_all("content-length") == [str(len(reply.body))] and "transfer-encoding" not in headers
        if counted and head.endswith(b"\r\n\r\n") and head.count(b"\r\n\r\n") == 1:
            if len(memos) >= MAX_MEMOS:
                memos.clear()
            memos[len(data)] = Memo(head, reply.status, headers, now, keep_alive=reply.keep_alive)

    def _read_again(self, *, ended: bool) -> None:
        """For what the quick way cannot decide: let the careful reader say what it is."""
        reader = self._reader or ReplyReader(head_only=False, max_body=self.owner.max_body)
        if self._reader is None and self._received:
            reader.feed(bytes(self._received))
        if ended and reader.reply is None and not reader.problem:
            reader.end()
        self._judge(reader)

    def _judge(self, reader: ReplyReader) -> None:
        reply = reader.reply
        if reply is not None and not reply.extra_bytes:
            self.usable = self.usable and reply.keep_alive
            self._rest()
            seen = (Headers(reply.headers), reply.body) if self.owner.check is not None else None
            self.owner.answered(self, time.perf_counter(), reply.status, seen)
        elif reply is not None or reader.problem:
            self._fail(MORE if reply is not None else reader.problem)

    def _rest(self) -> None:
        self.state = IDLE
        self._reader = None
        self._received = b""
        self._begun = self._complete = 0

    def _fail(self, reason: str, *, repeatable: bool = False) -> None:
        self._rest()
        self.close()
        self.owner.lost(self, reason, repeatable=repeatable)

    def give_up(self, reason: str) -> None:
        """Stop waiting for the answer."""
        self._fail(reason)

    @property
    def quiet(self) -> bool:
        """Not one byte of the answer has come."""
        return self.state == FRESH or (self._reader is not None and not self._reader.received)

    def eof_received(self) -> bool:
        # Answering the target's FIN with a reset keeps its port out of TIME_WAIT, so that it can be restarted at once.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if self._transport is None:  # closed from this side
            return
        self._transport = None
        self.usable = False
        if self.state == IDLE:
            self.owner.gone(self)
        elif self.quiet:
            # A target may close an idle connection at any time, also while a request is under way to it.
            repeatable = self.used > 1 and not self.repeated and self.data.startswith(SAFE_STARTS)
            self._fail("closed the connection before answering", repeatable=repeatable)
        else:
            self._read_again(ended=True)

    def close(self) -> None:
        """The owner hears nothing more of this lane."""
        self.usable = False
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.abort()
