"""HTTP/1.1 on asyncio: requests, answers, problem documents, routing, and the way over to a WebSocket.

No ready-made server is used, because none of them lets an application answer an upgrade with a problem document, send
pings and bound what it keeps for a slow reader. It knows nothing of chat.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, unquote

import httptools
import msgspec
from websockets.utils import accept_key
from wire import Wire

log = logging.getLogger(__name__)
HEAD_LIMIT, DRAIN = 64 * 1024, 4 * 1024 * 1024  # DRAIN: read beyond a limit, so that the client sees its 413
PATIENCE = 30.0  # seconds for a whole request to arrive, and for the next one to begin
KEY = re.compile(r"[A-Za-z0-9+/]{22}==")


class Answer(msgspec.Struct):
    status: int
    body: Any = None
    headers: dict[str, str] = {}
    media_type: str = "application/json"


class Upgrade(msgspec.Struct):
    """Instead of an answer: go over to a WebSocket, and let this run it."""

    run: Callable[[Wire], Awaitable[None]]
    message_limit: int


class Problem(Exception):
    """A refusal, answered as a problem document (RFC 9457)."""

    def __init__(self, status: int, title: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(title)
        body = {"type": "about:blank", "title": title, "status": status, **more}
        self.answer = Answer(status, body, headers or {}, "application/problem+json")


class Request:
    def __init__(self, method: str, target: str, headers: dict[str, str]) -> None:
        path, _, query = target.partition("?")
        self.method = method
        self.path = unquote(path, errors="replace")
        self.query = dict(parse_qsl(query, keep_blank_values=True))
        self.headers = headers
        self.body = bytearray()
        self.size = 0  # of the body as it was sent, of which no more than `limit` is kept
        self.keep_alive = True

    def json(self) -> Any:
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            raise Problem(415, "The body must be sent as application/json.")
        try:
            return msgspec.json.decode(self.body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "The body is not JSON.", detail=str(error)) from None

    def key(self) -> str:
        """The key of a right upgrade (RFC 6455, section 4.2.1)."""
        names = [name.strip().lower() for name in self.headers.get("connection", "").split(",")]
        if "upgrade" not in names or self.headers.get("upgrade", "").lower() != "websocket":
            raise Problem(426, "This path is a WebSocket.", {"Upgrade": "websocket", "Connection": "Upgrade"})
        if self.headers.get("sec-websocket-version") != "13":
            raise Problem(426, "Only version 13 is spoken here.", {"Sec-WebSocket-Version": "13"})
        key = self.headers.get("sec-websocket-key", "")
        if not KEY.fullmatch(key):
            raise Problem(400, "Sec-WebSocket-Key is not 16 bytes in base64.")
        return key


Handler = Callable[..., Awaitable[Answer | Upgrade]]


class App:
    """A list of (path, {method: handler}); `{name}` in a path becomes an argument."""

    def __init__(self, routes: list[tuple[str, dict[str, Handler]]], body_limit: int) -> None:
        self._routes = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), methods) for path, methods in routes]
        self.body_limit = body_limit
        self.connections: set[Connection] = set()
        self.stopping = False

    async def answer(self, request: Request) -> Answer | Upgrade:
        try:
            if request.size > self.body_limit:
                raise Problem(413, f"The body is larger than {self.body_limit} bytes.")
            handler, arguments = self._find(request)
            return await handler(request, **arguments)
        except Problem as problem:
            return problem.answer
        except Exception:
            log.exception("%s %s went wrong", request.method, request.path)
            return Problem(500, "Something went wrong here.").answer

    def _find(self, request: Request) -> tuple[Handler, dict[str, str]]:
        for pattern, methods in self._routes:
            if found := pattern.fullmatch(request.path):
                if request.method not in methods:
                    allow = ", ".join(methods)
                    raise Problem(405, f"This path takes {allow}.", {"Allow": allow})
                return methods[request.method], found.groupdict()
        raise Problem(404, "There is nothing here.")

    def stop(self) -> None:
        """Connections end as soon as no request is under way on them."""
        self.stopping = True
        for connection in list(self.connections):
            connection.end_if_idle()


class Connection(asyncio.Protocol):
    """One client: its requests are answered one after the other."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._parser = httptools.HttpRequestParser(self)
        self._transport: asyncio.Transport
        self._ready: deque[Request] = deque()
        self._arriving: Request | None = None
        self._begun = False
        self._working: asyncio.Task[None] | None = None
        self._rest = b""  # of what arrived after an upgrade
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._app.connections.add(self)
        self._wait()

    def connection_lost(self, error: Exception | None) -> None:
        self._forget()

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._rest = data[upgrade.args[0] :]
            self._transport.pause_reading()  # the next bytes are for the WebSocket
        except httptools.HttpParserError:
            if not self._transport.is_closing():
                self._write(Problem(400, "This is not HTTP.").answer, keep_alive=False)

    def on_message_begin(self) -> None:
        self._begun, self._target, self._headers, self._head_size = True, b"", {}, 0

    def on_url(self, url: bytes) -> None:
        self._target += url
        self._count(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        low, text = name.decode("latin-1").lower(), value.decode("latin-1").strip()
        self._headers[low] = f"{self._headers[low]}, {text}" if low in self._headers else text
        self._count(len(name) + len(value))

    def _count(self, size: int) -> None:
        self._head_size += size
        if self._head_size > HEAD_LIMIT:
            self._transport.abort()

    def on_headers_complete(self) -> None:
        method = self._parser.get_method().decode()
        self._arriving = Request(method, self._target.decode("latin-1"), self._headers)
        self._arriving.keep_alive = self._parser.should_keep_alive()
        if self._headers.get("expect", "").lower() == "100-continue":
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def on_body(self, data: bytes) -> None:
        assert self._arriving is not None
        self._arriving.size += len(data)
        if self._arriving.size <= self._app.body_limit:
            self._arriving.body += data
        elif self._arriving.size > self._app.body_limit + DRAIN:
            self._transport.abort()

    def on_message_complete(self) -> None:
        assert self._arriving is not None
        self._ready.append(self._arriving)
        self._arriving, self._begun = None, False
        if self._working is None:
            self._working = asyncio.get_running_loop().create_task(self._work())
        elif len(self._ready) > 20:
            self._transport.pause_reading()

    async def _work(self) -> None:
        while self._ready:
            request = self._ready.popleft()
            outcome = await self._app.answer(request)
            if isinstance(outcome, Upgrade):
                try:
                    key = request.key()
                except Problem as problem:
                    self._write(problem.answer, keep_alive=False)
                else:
                    self._go_over(key, outcome)
                return
            keep_alive = request.keep_alive and not self._app.stopping and "upgrade" not in request.headers
            self._write(outcome, keep_alive=keep_alive)
            if not keep_alive:
                return
        self._working = None
        self._transport.resume_reading()
        self.end_if_idle()
        self._wait()

    def _write(self, answer: Answer, *, keep_alive: bool) -> None:
        body = b"" if answer.body is None else msgspec.json.encode(answer.body)
        headers = {"X-Content-Type-Options": "nosniff", **answer.headers}
        if answer.body is not None:
            headers["Content-Type"] = answer.media_type
        if answer.status != 204:
            headers["Content-Length"] = str(len(body))
        if not keep_alive:
            headers.setdefault("Connection", "close")
        lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._transport.write("\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body)
        if not keep_alive:
            self._transport.close()

    def _go_over(self, key: str, upgrade: Upgrade) -> None:
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self._transport.write(f"{head}Sec-WebSocket-Accept: {accept_key(key)}\r\n\r\n".encode())
        self._forget()
        wire = Wire(self._transport, upgrade.message_limit)
        self._transport.set_protocol(wire)
        self._transport.resume_reading()
        if self._rest:
            wire.data_received(self._rest)
        wire.task = asyncio.get_running_loop().create_task(upgrade.run(wire))  # type: ignore[arg-type]

    def end_if_idle(self) -> None:
        if self._app.stopping and self._working is None and not self._begun:
            self._transport.close()

    def _wait(self) -> None:
        """Slow or silent clients do not hold connections for ever."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(PATIENCE, self._out_of_patience)

    def _out_of_patience(self) -> None:
        if self._working is None:
            self._transport.close()
        else:
            self._wait()

    def _forget(self) -> None:
        self._app.connections.discard(self)
        if self._timer is not None:
            self._timer.cancel()
