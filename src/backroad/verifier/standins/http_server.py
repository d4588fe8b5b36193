"""A small HTTP/1.1 server on asyncio and httptools: bounded in every direction, one task a connection."""

import asyncio
import contextlib
import socket
import struct
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl

import httptools

from backroad.verifier.dependencies.listener import Listener
from backroad.verifier.standins.call import Call, Cut, Reply, reply_json

MAX_HEAD = 64 << 10
MAX_BODY = 8 << 20
MAX_QUEUED = 16  # pipelined requests
RESET = struct.pack("ii", 1, 0)
PIECES = 20  # a second of a trickling answer is sent in so many pieces

Handler = Callable[[Call, "Connection"], Awaitable[None]]


class Connection(asyncio.Protocol):
    """The handler answers each request with send(), or ends the connection."""

    def __init__(self, sock: socket.socket) -> None:
        self.gone = asyncio.Event()  # the client has closed, at least its half, or we have
        self._lost = False
        self._socket = sock
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._queue: deque[tuple[Call, bool] | Reply] = deque()  # calls and whether to go on; a Reply ends it
        self._arrived = asyncio.Event()
        self._writable = asyncio.Event()
        self._writable.set()
        self._closing = False
        self._head_only = False
        self._keep = True
        self._reset_message()

    def _reset_message(self) -> None:
        self._url = b""
        self._headers: dict[str, str] = {}
        self._head_size = 0
        self._body = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # An offer of another protocol (h2c, say) is not taken up: the request is answered, and that was it.
            self._stop_reading()
        except httptools.HttpParserError:
            self._refuse(400)

    def on_url(self, url: bytes) -> None:
        self._url += url
        self._grow(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        self._headers[key] = f"{self._headers[key]}, {text}" if key in self._headers else text
        self._grow(len(name) + len(value))

    def _grow(self, size: int) -> None:
        self._head_size += size
        if self._head_size > MAX_HEAD:
            self._refuse(431)

    def on_headers_complete(self) -> None:
        if self._headers.get("expect", "").lower() == "100-continue" and self._transport is not None:
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, body: bytes) -> None:
        if len(self._body) + len(body) > MAX_BODY:
            self._refuse(413)
        elif not self._closing:
            self._body += body

    def on_message_complete(self) -> None:
        if self._closing:
            return
        path, _, query = self._url.decode("latin-1").partition("?")
        call = Call(
            method=self._parser.get_method().decode("latin-1"), path=path,
            query=dict(parse_qsl(query, keep_blank_values=True)), headers=self._headers, body=bytes(self._body),
            at=time.perf_counter(),
        )  # fmt: skip
        self._reset_message()
        self._put((call, self._parser.should_keep_alive()))

    def _put(self, item: tuple[Call, bool] | Reply) -> None:
        self._queue.append(item)
        self._arrived.set()
        if len(self._queue) > MAX_QUEUED and self._transport is not None:
            self._transport.pause_reading()

    def _refuse(self, status: int) -> None:
        if not self._closing:
            self._stop_reading()
            self._put(reply_json({"error": HTTPStatus(status).phrase}, status))

    def _stop_reading(self) -> None:
        self._closing = True
        if self._transport is not None and not self._transport.is_closing():
            self._transport.pause_reading()

    def eof_received(self) -> bool:
        self.gone.set()
        self._closing = True
        self._arrived.set()
        return True  # a client that has only finished sending still gets its answers

    def connection_lost(self, error: Exception | None) -> None:
        self._lost = True
        self.gone.set()
        self._closing = True
        self._arrived.set()
        self._writable.set()

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    async def serve(self, handler: Handler) -> None:
        await asyncio.get_running_loop().connect_accepted_socket(lambda: self, self._socket)
        while not self._lost and (self._queue or not self._closing):
            if not self._queue:
                self._arrived.clear()
                await self._arrived.wait()
                continue
            item = self._queue.popleft()
            if len(self._queue) == MAX_QUEUED and self._transport is not None and not self._closing:
                self._transport.resume_reading()
            if isinstance(item, Reply):
                self._keep = False
                await self.send(item)
                break
            call, keep = item
            self._keep = keep and (not self._closing or bool(self._queue))
            self._head_only = call.method == "HEAD"
            await handler(call, self)
            if not self._keep:
                break

    async def send(self, reply: Reply, *, trickle: int = 0, cut_after: int | None = None) -> None:
        """`trickle` is in bytes per second. With `cut_after` so many bytes of the body, or one piece of
        the stream, are sent, then a reset."""
        length = None if reply.stream is not None else len(reply.body)
        self._write(self._head(reply, length))
        cut = cut_after is not None
        if reply.stream is not None:
            cut = not await self._stream(reply.stream, only_one=cut) and not self.gone.is_set()
        elif not self._head_only:
            body = reply.body[:cut_after]
            await (self._trickle(body, trickle) if trickle else self._all(body))
        if cut:
            await asyncio.sleep(0.01)  # the client reads what there is before the reset takes it away
            self.reset()

    def _head(self, reply: Reply, length: int | None) -> bytes:
        phrase = HTTPStatus(reply.status).phrase if reply.status in set(HTTPStatus) else "Unknown"
        lines = [f"HTTP/1.1 {reply.status} {phrase}"]
        if reply.status not in (204, 304):
            lines.append(f"Content-Type: {reply.type}")
            lines.append("Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}")
        lines += [f"{name}: {value}" for name, value in reply.headers]
        if not self._keep:
            lines.append("Connection: close")
        return "\r\n".join([*lines, "", ""]).encode("latin-1")

    async def _stream(self, pieces: AsyncGenerator[bytes, None], *, only_one: bool) -> bool:
        """True if it came to its end. A client that leaves ends it at once."""
        gone = asyncio.ensure_future(self.gone.wait())
        try:
            async with contextlib.aclosing(pieces):
                while (piece := await _next(pieces, gone)) is not None:
                    await self._all(b"%x\r\n%b\r\n" % (len(piece), piece))
                    if only_one:
                        return False
        except Cut:
            return False
        finally:
            gone.cancel()
        if self.gone.is_set():
            return False
        await self._all(b"0\r\n\r\n")
        return True

    async def _trickle(self, body: bytes, rate: int) -> None:
        step = max(1, rate // PIECES)
        for at in range(0, len(body), step):
            if at:
                await asyncio.sleep(step / rate)
            if self.gone.is_set():
                return
            await self._all(body[at : at + step])

    async def _all(self, data: bytes) -> None:
        self._write(data)
        await self._writable.wait()

    def _write(self, data: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(data)

    def reset(self) -> None:
        self._keep = False
        self._closing = True
        if self._transport is not None and not self._lost:
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


async def _next(pieces: AsyncGenerator[bytes, None], gone: "asyncio.Future[Any]") -> bytes | None:
    """None at the end, or when the client has gone."""
    step = asyncio.ensure_future(anext(pieces, None))
    try:
        await asyncio.wait((step, gone), return_when=asyncio.FIRST_COMPLETED)
        return step.result() if step.done() else None
    finally:
        if not step.done():
            step.cancel()
            await asyncio.wait((step,))


class HttpServer:
    def __init__(self, handler: Handler) -> None:
        self.listener = Listener(self._accepted)
        self._handler = handler
        self._open: dict[asyncio.Task[None], Connection] = {}

    @property
    def open_connections(self) -> int:
        return len(self._open)

    def cut(self) -> None:
        """Reset all connections."""
        for connection in self._open.values():
            connection.reset()

    async def close(self) -> None:
        self.listener.close()
        tasks = list(self._open)
        self.cut()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)

    def _accepted(self, sock: socket.socket) -> None:
        connection = Connection(sock)
        task = asyncio.get_running_loop().create_task(self._serve(connection))
        self._open[task] = connection
        task.add_done_callback(self._done)

    async def _serve(self, connection: Connection) -> None:
        try:
            await connection.serve(self._handler)
        finally:
            connection.close()

    def _done(self, task: asyncio.Task[None]) -> None:
        self._open.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None and not isinstance(error, OSError):
            raise error  # the loop reports it: our bug
