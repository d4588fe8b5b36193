"""HTTP on plain ASGI: requests, answers, problem documents and routing. It knows nothing of shops."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl

import msgspec

log = logging.getLogger(__name__)
DRAIN = 4 * 1024 * 1024  # bytes read beyond a limit, so that the client is done sending and sees the 413


class Answer(msgspec.Struct):
    status: int
    body: Any = None
    headers: dict[str, str] = {}
    media_type: str = "application/json"


class Problem(Exception):
    """A refusal, answered as a problem document (RFC 9457)."""

    def __init__(self, status: int, title: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(title)
        body = {"type": "about:blank", "title": title, "status": status, **more}
        self.answer = Answer(status, body, headers or {}, "application/problem+json")


class Request:
    def __init__(self, scope: dict[str, Any], receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        self._receive = receive

    async def json(self, limit: int, media_types: tuple[str, ...] = ("application/json",)) -> Any:
        body = await self.body(limit)
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() not in media_types:
            raise Problem(415, f"The body must be sent as {' or '.join(media_types)}.")
        return parsed(body)

    async def body(self, limit: int) -> bytes:
        body, size, more = bytearray(), 0, True
        while more and size <= limit + DRAIN:
            message = await self._receive()
            chunk, more = message.get("body", b""), message.get("more_body", False)
            size += len(chunk)
            if size <= limit:
                body += chunk
        if size > limit:
            raise Problem(413, f"The body is larger than {limit} bytes.")
        return bytes(body)


def parsed(body: bytes) -> Any:
    try:
        return msgspec.json.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(400, "The body is not JSON.", detail=str(error)) from None


Handler = Callable[..., Awaitable[Answer]]
Routes = list[tuple[str, dict[str, Handler]]]


class App:
    """An ASGI application: a list of (path, {method: handler}); `{name}` in a path becomes an argument."""

    def __init__(self, routes: Routes) -> None:
        self._routes = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), methods) for path, methods in routes]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request = Request(scope, receive)
            await self._send(request, await self._answer(request), send)

    async def _answer(self, request: Request) -> Answer:
        try:
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

    async def _send(self, request: Request, answer: Answer, send: Any) -> None:
        headers = {"X-Content-Type-Options": "nosniff", **answer.headers}
        body = b""
        if answer.body is not None:
            headers["Content-Type"] = answer.media_type
            body = msgspec.json.encode(answer.body) if request.method != "HEAD" else b""
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": body})
