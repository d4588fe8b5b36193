"""HTTP on plain ASGI: requests, answers, problem documents and routing. It knows nothing of projects."""

import re
import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

DRAIN = 4 * 1024 * 1024  # bytes read beyond a limit, so that the client is done sending and sees the 413
GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Answer(msgspec.Struct):
    status: int
    body: Any = None  # bytes are sent as they are, anything else as JSON
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
        self.hosts = sum(name.lower() == b"host" for name, _ in scope["headers"])
        self.query = dict(parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True))
        given = self.headers.get("x-request-id", "")
        self.id = given if GIVEN_ID.fullmatch(given) else secrets.token_hex(8)
        self.route = "unknown"  # the pattern of its path, for logs and metrics
        self.began = time.perf_counter()
        self._receive = receive

    async def json(self, limit: int, media_types: tuple[str, ...] = ("application/json",)) -> Any:
        body = await self._read(limit)
        if self.headers.get("content-type", "").partition(";")[0].strip().lower() not in media_types:
            raise Problem(415, f"The body must be sent as {' or '.join(media_types)}.")
        try:
            return msgspec.json.decode(body)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "The body is not JSON.", detail=str(error)) from None

    async def _read(self, limit: int) -> bytes:
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


Handler = Callable[..., Awaitable[Answer]]
Routes = Mapping[str, Mapping[str, Handler]]


class Router:
    """Path -> method -> handler; `{name}` in a path becomes an argument. Whoever takes GET takes HEAD."""

    def __init__(self, routes: Routes) -> None:
        self._routes = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", path)), path) for path in routes]
        self._methods = routes

    async def __call__(self, request: Request) -> Answer:
        handler, arguments = self._find(request)
        return await handler(request, **arguments)

    def _find(self, request: Request) -> tuple[Handler, dict[str, str]]:
        for pattern, path in self._routes:
            if found := pattern.fullmatch(request.path):
                request.route = path
                methods = self._methods[path]
                method = "GET" if request.method == "HEAD" else request.method
                if method not in methods:
                    allow = ", ".join([*methods, "HEAD"] if "GET" in methods else methods)
                    raise Problem(405, f"This path takes {allow}.", {"Allow": allow})
                return methods[method], found.groupdict()
        raise Problem(404, "There is nothing here.")


class App:
    """An ASGI application around one handler. `finish` sees each request with its answer before it is sent."""

    def __init__(self, handler: Handler, finish: Callable[[Request, Answer], None]) -> None:
        self._handler = handler
        self._finish = finish

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        try:
            answer = await self._handler(request)
        except Problem as problem:
            answer = problem.answer
        self._finish(request, answer)
        await self._send(request, answer, send)

    async def _send(self, request: Request, answer: Answer, send: Any) -> None:
        headers = {"X-Content-Type-Options": "nosniff", "X-Request-Id": request.id, **answer.headers}
        body = b""
        if answer.body is not None:
            body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
            headers["Content-Type"] = answer.media_type
            headers["Content-Length"] = str(len(body))
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
