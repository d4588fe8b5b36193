"""HTTP on plain ASGI: requests, answers, streams, refusals and routing. It knows nothing of articles."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any
from urllib.parse import parse_qsl

import msgspec

log = logging.getLogger(__name__)
BODY = 1 << 20  # bytes
DRAIN = 4 << 20  # bytes read beyond the limit, so that the client is done sending and sees the 413


class Answer(msgspec.Struct):
    status: int
    body: Any = None
    headers: dict[str, str] = {}
    stream: AsyncIterator[bytes] | None = None  # instead of the body: server-sent events


class Refusal(Exception):
    """Conduit's form of an error: {"errors": {"title": ["can't be blank"]}}."""

    def __init__(self, status: int, errors: dict[str, str], headers: dict[str, str] | None = None) -> None:
        super().__init__(status)
        self.answer = Answer(status, {"errors": {name: [text] for name, text in errors.items()}}, headers or {})


class Request:
    def __init__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        self.receive = receive

    async def json(self) -> Any:
        body = await self._read()
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise Refusal(422, {"body": "is not JSON"}) from None

    async def _read(self) -> bytes:
        body, size, more = bytearray(), 0, True
        while more and size <= BODY + DRAIN:
            message = await self.receive()
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size <= BODY:
                body += chunk
        if size > BODY:
            raise Refusal(413, {"body": f"is larger than {BODY} bytes"})
        return bytes(body)


Handler = Callable[..., Awaitable[Answer]]


class App:
    """An ASGI application: a list of (path, {method: handler}); `{name}` in a path becomes an argument."""

    def __init__(self, routes: list[tuple[str, dict[str, Handler]]]) -> None:
        self._routes = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), methods) for path, methods in routes]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            await self._send(request, await self._answer(request), send)

    async def _answer(self, request: Request) -> Answer:
        try:
            handler, arguments = self._find(request)
            return await handler(request, **arguments)
        except Refusal as refusal:
            return refusal.answer
        except Exception:
            log.exception("%s %s went wrong", request.method, request.path)
            return Refusal(500, {"server": "something went wrong here"}).answer

    def _find(self, request: Request) -> tuple[Handler, dict[str, str]]:
        for pattern, methods in self._routes:
            if found := pattern.fullmatch(request.path):
                if request.method not in methods:
                    allow = ", ".join(methods)
                    raise Refusal(405, {"method": f"must be {allow}"}, {"Allow": allow})
                return methods[request.method], found.groupdict()
        raise Refusal(404, {"path": "not found"})

    async def _send(self, request: Request, answer: Answer, send: Any) -> None:
        kind = "text/event-stream" if answer.stream else "application/json"
        headers = {"X-Content-Type-Options": "nosniff", "Content-Type": kind, **answer.headers}
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        if answer.status == 204:
            pairs = [pair for pair in pairs if pair[0] != b"content-type"]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        if answer.stream is None:
            body = b"" if answer.body is None else msgspec.json.encode(answer.body)
            await send({"type": "http.response.body", "body": body})
        else:
            await self._flow(request, answer.stream, send)

    async def _flow(self, request: Request, stream: Any, send: Any) -> None:
        """Piece by piece as they come, until the end or until the client has gone."""

        async def pump() -> None:
            async with aclosing(stream):  # what the stream holds is let go, whoever ends it
                async for piece in stream:
                    await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

        pumping, leaving = asyncio.create_task(pump()), asyncio.create_task(left(request))
        await asyncio.wait((pumping, leaving), return_when=asyncio.FIRST_COMPLETED)
        for task in (pumping, leaving):
            task.cancel()
        await asyncio.gather(pumping, leaving, return_exceptions=True)


async def left(request: Request) -> None:
    """Returns when the client has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
