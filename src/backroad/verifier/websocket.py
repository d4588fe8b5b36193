"""The recording WebSocket client of a check (RFC 6455): it can behave, and misbehave in most of the known ways."""

import contextlib
import socket as sockets
import time
from typing import Any

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.curl import describe
from backroad.verifier.dial import NoReply, dial
from backroad.verifier.exchange import HeaderInput, Headers, Request, encode_json, merge
from backroad.verifier.journal import Journal
from backroad.verifier.record import Record
from backroad.verifier.target import Target
from backroad.verifier.verdict import Failed
from backroad.verifier.websocket_frames import BINARY, CLOSE, LINE, PING, TEXT, frame, frame_line, without_secrets
from backroad.verifier.websocket_opening import fault_of_upgrade
from backroad.verifier.websocket_wire import MAX_MESSAGE, RESET, Closing, Message, Wire
from backroad.verifier.wording import excerpt, excerpt_bytes, seconds

DEFAULT_TIMEOUT = 5.0


class NotUpgraded(Failed):
    """The target answered an upgrade with something else than a right 101."""

    def __init__(self, answer: Answer, got: str) -> None:
        super().__init__(expected="101 and an open WebSocket", got=got, exchanges=(answer.exchange,))
        self.answer = answer


class WebSocket(Wire):
    """A connection to the target. What arrives goes to `on_message`, if set, else it waits for receive()."""

    @classmethod
    async def upgrade(
        cls, target: Target, journal: Journal, path: str, *, headers: HeaderInput, key: str,
        timeout: float = DEFAULT_TIMEOUT, receive_buffer: int = 0,
    ) -> "WebSocket":  # fmt: skip
        """Send the upgrade and wait for its answer, whatever that is."""
        own = {
            "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": key,
        }  # fmt: skip
        request = Request("GET", path, headers=merge(own, headers))
        head, _ = request.encode(target.netloc)
        record = Record.of(journal, request, target.netloc, Headers())
        record.path, record.head = without_secrets(record.path), without_secrets(head.decode("latin-1")).encode()
        record.lane = journal.lane()
        with journal.waiting(record.began + timeout):
            try:
                connection = await dial(
                    lambda sock: cls(journal, record, sock), target.address, timeout, target.security,
                    receive_buffer=receive_buffer,
                )  # fmt: skip
                await connection._shake_hands(head, timeout)
            except NoReply as lost:
                raise LostAnswer(record.no_answer(lost)) from None
        return connection

    def must_be_open(self) -> None:
        """NotUpgraded if the upgrade was refused, or not done right."""
        if self.answer.status != 101:
            body = f" {excerpt(self.answer.text)}" if self.answer.body else ""
            raise NotUpgraded(self.answer, f"{self.answer.status}{body}")
        fault = fault_of_upgrade(self.answer, self._record.head)
        if fault:
            self.abort()
            raise NotUpgraded(self.answer, f"101 {fault}")

    async def send(self, message: Any, timeout: float = DEFAULT_TIMEOUT) -> None:
        """One message: a str as it is, bytes as binary, anything else as JSON. Waits until the kernel has it."""
        if not self.push(message):
            raise self.failed("an open connection to send to")
        with self._journal.waiting(time.perf_counter() + timeout):
            if not await self.until(lambda: self._writable.is_set() or self._lost, timeout):
                raise self.failed(f"the message is read within {seconds(timeout)}", "the server reads nothing")

    def push(self, message: Any) -> bool:
        """Like send(), without waiting; False if the connection is over."""
        if self.over:
            return False
        kind = BINARY if isinstance(message, bytes) else TEXT
        text = message.encode() if isinstance(message, str) else message
        data = text if isinstance(text, bytes) else encode_json(text)
        self.pushed += 1
        self.last_pushed = excerpt_bytes(data) if kind == BINARY else excerpt(data[:LINE].decode(errors="replace"))
        self.raw(frame(kind, data))
        return True

    def raw(self, data: bytes) -> None:
        """Any bytes. Those to a connection that is over vanish."""
        opcode = data[0] & 15 if data else TEXT
        start = 2 + {126: 2, 127: 8}.get(data[1] & 127, 0) + 4 if len(data) > 1 and data[1] & 128 else len(data)
        plain = bytes(byte ^ data[start - 4 + at % 4] for at, byte in enumerate(data[start : start + LINE + 1]))
        self._journal.frame(frame_line(self.lane, ">", opcode, plain, len(data)))
        self._write(data)

    async def receive(self, timeout: float = DEFAULT_TIMEOUT) -> Message:
        """The next message; Failed if none comes."""
        with self._journal.waiting(time.perf_counter() + timeout):
            await self.until(lambda: bool(self._unread) or self.over, timeout)
        if self._unread:
            return self._unread.popleft()
        raise self.failed(f"a message within {seconds(timeout)}")

    def unread(self) -> list[Message]:
        """All that waits for receive()."""
        waiting = list(self._unread)
        self._unread.clear()
        return waiting

    async def ping(self, data: bytes, timeout: float = DEFAULT_TIMEOUT) -> bool:
        """Whether the pong with the same bytes came."""
        self.raw(frame(PING, data))
        with self._journal.waiting(time.perf_counter() + timeout):
            await self.until(lambda: data in self._pongs or self.over, timeout)
        return data in self._pongs

    async def end(self, timeout: float = DEFAULT_TIMEOUT) -> Closing | None:
        """How the target ended the connection; None if it is still open after that time."""
        with self._journal.waiting(time.perf_counter() + timeout):
            await self.until(lambda: self._lost, timeout)
        return self.closing

    async def close(self, code: int = 1000, timeout: float = DEFAULT_TIMEOUT) -> Closing | None:
        """The closing handshake, begun by us; what the target answered, None if it did not end the connection."""
        if not self.over:
            self.raw(frame(CLOSE, code.to_bytes(2, "big")))
        closing = await self.end(timeout)
        self.abort()
        return closing

    def stop_reading(self) -> None:
        """What the target sends fills its buffers from now on; pings are not answered."""
        if self._transport is not None and self._reading and not self._lost:
            self._transport.pause_reading()
        self._reading = False

    def go_on_reading(self) -> None:
        if self._transport is not None and not self._reading and not self._lost:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_RCVBUF, 1 << 20)
            self._transport.resume_reading()
        self._reading = True

    def reset(self) -> None:
        """RST, as from a process that was killed with data unread."""
        with contextlib.suppress(OSError):
            self._socket.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, RESET)
        self.abort()

    def sent(self) -> str:
        """What was sent on it, in words."""
        upgrade = f"{describe((self.answer.exchange,))}, upgraded"
        if not self.pushed:
            return upgrade
        last = self.last_pushed or "an empty message"
        return (
            f"{upgrade}, then {last}"
            if self.pushed == 1
            else f"{upgrade}, then {self.pushed} messages, the last {last}"
        )

    def failed(self, expected: str, otherwise: str = "nothing") -> Failed:
        """What to raise where `expected` did not happen: the end of the connection, if it has ended."""
        if self.over:
            closing = self.closing or Closing(*(self._close_frame or (None, "")), said=self._close_frame is not None)
            otherwise = f"{closing} from the server"
        return Failed(expected=expected, got=otherwise, sent=self.sent(), exchanges=(self.answer.exchange,))


__all__ = ["MAX_MESSAGE", "Closing", "Message", "NotUpgraded", "WebSocket"]
