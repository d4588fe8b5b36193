"""A WebSocket connection on asyncio. The bytes are left to the protocol of `websockets`, which does no I/O.

Here is what an application has to decide: how much may wait in either direction, when a silent peer is gone, and with
which code a connection ends.
"""

import asyncio
from collections import deque

from websockets.frames import Frame, Opcode
from websockets.protocol import OPEN, SERVER, Protocol, State

UNREAD = 64  # messages that wait for us; beyond, nothing more is read from the connection
UNSENT = 64 * 1024  # bytes that wait for the client; beyond, sending waits
STALLED = 15.0  # seconds in which a client may take nothing
FAREWELL = 1.0  # seconds for the other side to answer a close


class Closed(Exception):
    """The connection is over."""


def text_frame(data: bytes) -> bytes:
    """Without a mask, as servers send it: the same bytes for everybody."""
    return Frame(Opcode.TEXT, data).serialize(mask=False)


class Wire(asyncio.Protocol):
    def __init__(self, transport: asyncio.Transport, message_limit: int) -> None:
        self.task: asyncio.Task[None] | None = None  # that runs it
        self.heard_at = asyncio.get_running_loop().time()  # when the last byte came
        self._transport = transport
        self._protocol = Protocol(SERVER, state=OPEN, max_size=message_limit)
        self._parts: list[bytes] = []
        self._messages: deque[str] = deque()
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        transport.set_write_buffer_limits(UNSENT)

    @property
    def open(self) -> bool:
        return self._protocol.state is OPEN

    # What the application does.

    async def receive(self) -> str:
        """The next message of text."""
        while not self._messages:
            if not self.open:
                raise Closed
            self._arrived.clear()
            await self._arrived.wait()
        message = self._messages.popleft()
        if len(self._messages) == UNREAD // 2:
            self._transport.resume_reading()
        return message

    async def send(self, frame: bytes) -> None:
        """Waits while the client is slow, and gives it up when it takes nothing at all."""
        if not self.open:
            raise Closed
        self._transport.write(frame)
        if not self._writable.is_set():
            try:
                async with asyncio.timeout(STALLED):
                    await self._writable.wait()
            except TimeoutError:
                self.drop()
                raise Closed from None

    def ping(self) -> None:
        if self.open:
            self._protocol.send_ping(b"")
            self._flush()

    def close(self, code: int, reason: str = "") -> None:
        """The closing handshake, begun by us."""
        if self.open:
            self._protocol.send_close(code, reason)
            self._end()

    def drop(self) -> None:
        """No handshake: nobody is there to answer it."""
        self._transport.abort()

    # What happens on the wire.

    def data_received(self, data: bytes) -> None:
        self.heard_at = asyncio.get_running_loop().time()
        if self._protocol.reader.eof:
            return
        self._protocol.receive_data(data)
        for event in self._protocol.events_received():
            if isinstance(event, Frame) and self.open:
                self._take(event)
        if self.open:
            self._flush()
        else:
            self._end()

    def _take(self, frame: Frame) -> None:
        if frame.opcode is Opcode.BINARY:
            self.close(1003, "only text is spoken here")
        elif frame.opcode in (Opcode.TEXT, Opcode.CONT):
            self._parts.append(bytes(frame.data))
            if frame.fin:
                whole, self._parts = b"".join(self._parts), []
                try:
                    self._messages.append(whole.decode())
                except UnicodeDecodeError:
                    self.close(1007, "not UTF-8")
                self._arrived.set()
                if len(self._messages) >= UNREAD:
                    self._transport.pause_reading()

    def _end(self) -> None:
        """What is left to say is said; then the connection ends, at once if the other side is done."""
        self._flush()
        self._arrived.set()
        self._transport.resume_reading()  # for the answer to our close
        if self._protocol.eof_sent:
            self._transport.close()
        asyncio.get_running_loop().call_later(FAREWELL, self._transport.abort)

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            if data:
                self._transport.write(data)

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def connection_lost(self, error: Exception | None) -> None:
        self._protocol.state = State.CLOSED
        self._arrived.set()
        self._writable.set()
