"""HTTP on plain ASGI: requests, answers, problem documents and routing. It knows nothing of weather."""

import logging
import re
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

log = logging.getLogger(__name__)


class Answer(msgspec.Struct):
    status: int
    body: Any = None
    headers: dict[str, str] = {}
    media_type: str = "application/json"


class Problem(Exception):
    """A refusal, answered as a problem document (RFC 9457), which nobody keeps."""

    def __init__(self, status: int, title: str, headers: dict[str, str] | None = None, **more: Any) -> None:
        super().__init__(title)
        body = {"type": "about:blank", "title": title, "status": status, **more}
        headers = {"Cache-Control": "no-store", **(headers or {})}
        self.answer = Answer(status, body, headers, "application/problem+json")


class Request:
    def __init__(self, scope: dict[str, Any]) -> None:
        self.method: str = scope["method"]
        self.path: str = scope["raw_path"].decode("latin-1").partition("?")[0]  # as it was sent, still with its escapes
        self.address: str = scope["client"][0]  # of the connection: whatever a header says of it is hearsay
        self.headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        self._query: str = scope["query_string"].decode("latin-1")

    def query(self, name: str) -> list[str]:
        """All values of this name; UnicodeDecodeError if they are not UTF-8."""
        pairs = parse_qsl(self._query, keep_blank_values=True, errors="strict")
        return [value for key, value in pairs if key == name]


Handler = Callable[..., Awaitable[Answer]]


class App:
    """An ASGI application: a list of (path, handler), all for GET and HEAD; `{name}` in a path becomes an argument."""

    def __init__(self, routes: list[tuple[str, Handler]]) -> None:
        self._routes = [(re.compile(re.sub(r"{(\w+)}", r"(?P<\1>[^/]*)", path)), handler) for path, handler in routes]

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            request = Request(scope)
            await self._send(request, await self._answer(request), send)

    async def _answer(self, request: Request) -> Answer:
        try:
            for pattern, handler in self._routes:
                if found := pattern.fullmatch(request.path):
                    if request.method not in ("GET", "HEAD"):
                        raise Problem(405, "This path takes GET and HEAD.", {"Allow": "GET, HEAD"})
                    arguments = {name: unquote(text, errors="strict") for name, text in found.groupdict().items()}
                    return await handler(request, **arguments)
            raise Problem(404, "There is nothing here.")
        except Problem as problem:
            return problem.answer
        except UnicodeDecodeError:
            return Problem(400, "The URL is not UTF-8.").answer
        except Exception:
            log.exception("%s %s went wrong", request.method, request.path)
            return Problem(500, "Something went wrong here.").answer

    async def _send(self, request: Request, answer: Answer, send: Any) -> None:
        headers = {"X-Content-Type-Options": "nosniff", **answer.headers}
        body = b""
        if answer.body is not None:
            headers["Content-Type"] = answer.media_type
            body = answer.body if isinstance(answer.body, bytes) else msgspec.json.encode(answer.body)
            headers["Content-Length"] = str(len(body))
        pairs = [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": answer.status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if request.method == "HEAD" else body})
