"""One HTTP/1.1 connection to the target, one request at a time."""

import asyncio
import contextlib
import socket
import struct
import time
from typing import Self, cast

from backroad.verifier.dial import NoReply as NoReply
from backroad.verifier.dial import Security, dial
from backroad.verifier.reply import Reply, ReplyReader
from backroad.verifier.wording import seconds

RESET = struct.pack("ii", 1, 0)
CHUNK = 64 << 10
MAX_EARLY = 64 << 10


class Connection(asyncio.Protocol):
    def __init__(self, sock: socket.socket, lane: int) -> None:
        self.lane = lane
        self.reused = False
        self.idle_since = time.perf_counter()
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._reader: ReplyReader | None = None
        self._arrived = asyncio.Event()  # a reply, a problem, or the end of the connection
        self._writable = asyncio.Event()
        self._writable.set()
        self._closed = False
        self._early = b""  # bytes that came while no reply was expected
        self._spoiled = False
        self._sent = False
        self._large = False

    @classmethod
    async def open(cls, address: tuple[str, int], lane: int, timeout: float, security: Security | None = None) -> Self:
        """Connect within `timeout` seconds; else NoReply."""
        return await dial(lambda sock: cls(sock, lane), address, timeout, security)

    @property
    def usable(self) -> bool:
        """May carry another request."""
        return not (self._closed or self._spoiled or self._early or self._reader is not None)

    @property
    def closed(self) -> bool:
        return self._closed

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's transports are no subclass
        self._transport.set_write_buffer_limits(0)

    def data_received(self, data: bytes) -> None:
        if self._reader is None or self._finished(self._reader):
            self._early = (self._early + data)[:MAX_EARLY]
            return
        self._reader.feed(data)
        if self._finished(self._reader):
            self._arrived.set()

    def eof_received(self) -> bool:
        # Answering the target's FIN with a reset keeps its port out of TIME_WAIT, so that it can be restarted at once.
        with contextlib.suppress(OSError):
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        return False

    def connection_lost(self, error: Exception | None) -> None:
        if error is not None and self._reader is not None and not self._finished(self._reader):
            self._rescue()
        self._closed = True
        if self._reader is not None and not self._finished(self._reader):
            self._reader.end()
        self._arrived.set()
        self._writable.set()

    def _rescue(self) -> None:
        """Read what arrived before a failed write tore the connection down: an early 413, mostly."""
        assert self._reader is not None
        if self._transport is not None and self._transport.get_extra_info("ssl_object") is not None:
            return  # what is left in the socket is encrypted
        with contextlib.suppress(OSError, ValueError):
            while data := self._socket.recv(CHUNK):
                self._reader.feed(data)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    @staticmethod
    def _finished(reader: ReplyReader) -> bool:
        return reader.reply is not None or bool(reader.problem)

    def expect(self, *, head_only: bool, max_body: int) -> None:
        """From now on, bytes belong to the next answer."""
        self._reader = ReplyReader(head_only=head_only, max_body=max_body)
        self._arrived.clear()
        self._sent = self._large = False
        early, self._early = self._early, b""
        if early:
            self.data_received(early)
        if self._closed and not self._finished(self._reader):
            self._reader.end()
        if self._closed or self._finished(self._reader):
            self._arrived.set()

    def write(self, data: bytes) -> None:
        if self._transport is not None and not self._closed:
            self._transport.write(data)

    async def drained(self) -> None:
        """Until every byte written is in the kernel."""
        await self._writable.wait()

    async def send(self, head: bytes, body: bytes) -> None:
        """Write all, stopping where an answer arrives before the end."""
        self._large = len(body) >= CHUNK
        self.write(head if self._large else head + body)
        await self.drained()
        if self._large:
            for at in range(0, len(body), CHUNK):
                if self._arrived.is_set():
                    break
                self.write(body[at : at + CHUNK])
                await self._writable_or_answered()
                await asyncio.sleep(0)
            else:
                self._sent = True
        else:
            self._sent = True
        if not self._sent:
            self._spoiled = True

    async def _writable_or_answered(self) -> None:
        if self._writable.is_set():
            return
        waits = [asyncio.ensure_future(self._writable.wait()), asyncio.ensure_future(self._arrived.wait())]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()

    def finish(self, last: bytes) -> None:
        """Hand over the end of a request at once, without waiting."""
        if not self._closed:
            self.write(last)
            self._sent = True

    async def roundtrip(
        self, head: bytes, body: bytes, *, head_only: bool, timeout: float, shown: float, max_body: int
    ) -> Reply:
        """`timeout` is what is left of the `shown` seconds."""
        self.expect(head_only=head_only, max_body=max_body)
        try:
            async with asyncio.timeout(max(timeout, 0.001)):
                await self.send(head, body)
                await self._arrived.wait()
        except TimeoutError:
            raise self._late(shown) from None
        return self.take()

    async def reply(self, timeout: float) -> Reply:
        """The answer to what was written after expect()."""
        try:
            async with asyncio.timeout(timeout):
                await self._arrived.wait()
        except TimeoutError:
            raise self._late(timeout) from None
        return self.take()

    def _late(self, shown: float) -> NoReply:
        received = self._reader.received if self._reader is not None else 0
        self._spoiled = True
        if received:
            reason = f"did not finish its answer within {seconds(shown)}"
        elif self._sent:
            reason = f"did not answer within {seconds(shown)}"
        else:
            reason = f"did not read the whole request within {seconds(shown)}"
        return NoReply(reason, sent=self._sent, before_any_byte=not received, timed_out=True)

    def take(self) -> Reply:
        reader = self._reader
        assert reader is not None
        self._reader = None
        self.idle_since = time.perf_counter()
        if reader.reply is None:
            self._spoiled = True
            raise NoReply(reader.problem, sent=self._sent, before_any_byte=not reader.received)
        # Who refuses a body need not have read it, and then closes the connection (RFC 9110, section 15.5.14).
        refused = reader.reply.status == 413 or (self._large and reader.reply.status >= 400)
        if refused or not reader.reply.keep_alive:
            self._spoiled = True
        return reader.reply

    def close(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            if self._reader is not None or self._spoiled:
                self._transport.abort()
            else:
                self._transport.close()
