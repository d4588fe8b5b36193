"""The edge of the server: who may speak to it, and how errors are answered."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Any

import msgspec
import structlog
from litestar import MediaType, Request, Response
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.exceptions import HTTPException, NotFoundException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from msgspec import Struct

from backroad.kit.errors import Problem

log = structlog.get_logger()
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FROM_ELSEWHERE = frozenset({"/lti/login", "/lti/launch"})
"""Other sites' pages post forms here by design (LTI 1.3); what they bring is signed, and bound to the browser."""
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
SECURITY_HEADERS = [
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
]
STRICT_TRANSPORT = (b"strict-transport-security", b"max-age=31536000")
"""RFC 6797: for a year, browsers come over TLS alone."""


class ProblemDocument(Struct):
    """An error as RFC 9457 describes it."""

    type: str
    title: str
    status: int
    detail: str
    hint: str = ""


def problem_responses(*statuses: int) -> dict[int, ResponseSpec]:
    """What a route says in OpenAPI about the errors it answers."""
    return {
        status: ResponseSpec(
            ProblemDocument,
            generate_examples=False,
            description=HTTPStatus(status).phrase,
            media_type="application/problem+json",
        )
        for status in statuses
    }


async def read_strictly(request: Request[Any, Any, Any]) -> None:
    """Before a route of the API: its body must be JSON of the documented form.

    Litestar alone would take any media type, and "60" for a number.
    """
    field = request.route_handler.parsed_fn_signature.parameters.get("data")
    if field is None:
        return
    if request.content_type[0] != "application/json":
        raise Problem("The body must be JSON.", "Send it with content-type: application/json.", status=415)
    try:
        msgspec.json.decode(await request.body(), type=field.annotation)
    except msgspec.ValidationError as error:
        raise Problem(f"The body is not as documented: {error}.") from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Problem(f"The body is not JSON in UTF-8: {error}.") from None


def refuse_null_bytes(request: Request[Any, Any, Any]) -> None:
    """Before a file is looked up: the file system takes none in a name."""
    if "\0" in request.scope["path"]:
        raise NotFoundException


class OwnHostOnly:
    """Answers only requests that name this server, and writes and sockets only from its own pages.

    A page elsewhere can make a browser send requests to 127.0.0.1, and with DNS rebinding even under its own
    host name. The first is told by Origin (or Sec-Fetch-Site), the second by Host. Programs that are not
    browsers send neither Origin nor Sec-Fetch-Site and pass, but not with `cookie`, by which people are signed in:
    programs have tokens.
    """

    def __init__(self, app: ASGIApp, hosts: Collection[str], *, over_tls: bool = False, cookie: str = "") -> None:
        self.app = app
        self.hosts = frozenset(host.lower() for host in hosts)
        self.origins = frozenset(f"{'https' if over_tls else 'http'}://{host}" for host in self.hosts)
        self.cookie = cookie
        self.headers = [*SECURITY_HEADERS, *([STRICT_TRANSPORT] if over_tls else [])]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            await self.app(scope, receive, send)
            return
        refusal = self._refusal(scope)
        if refusal is None:
            if scope["type"] == ScopeType.HTTP and scope["method"] == "HEAD":
                scope, send = {**scope, "method": "GET"}, _without_body(send)
            elif scope["type"] == ScopeType.HTTP and scope["method"] == "OPTIONS":
                scope, send = {**scope, "method": "TRACE"}, _without_body(_as_options(send))
            await self.app(scope, receive, _with_own_headers(send, self.headers))
        elif scope["type"] == ScopeType.WEBSOCKET:
            await receive()
            await send({"type": "websocket.close", "code": 4403, "reason": refusal})
        else:
            body = problem_body(403, refusal)
            headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 403, "headers": [*headers, *self.headers]})
            await send({"type": "http.response.body", "body": body, "more_body": False})

    def _refusal(self, scope: Scope) -> str | None:
        headers = Headers.from_scope(scope)
        if headers.get("host", "").lower() not in self.hosts:
            return "This server answers only under its own host name."
        if scope["type"] == ScopeType.HTTP and (scope["method"] in SAFE_METHODS or scope["path"] in FROM_ELSEWHERE):
            return None
        origin = headers.get("origin")
        fetched = headers.get("sec-fetch-site")
        if origin is not None:
            own = origin.lower() in self.origins
        elif fetched is None and self.cookie and f"{self.cookie}=" in headers.get("cookie", ""):
            return "This request is signed in by a cookie and does not say which page it comes from."
        else:
            own = fetched in (None, "same-origin", "none")
        return None if own else "This request comes from another site's page."


def _with_own_headers(send: Send, own: list[tuple[bytes, bytes]]) -> Send:
    """Adds the security headers that an answer does not set itself, and HEAD to the methods allowed: wherever GET is,
    HEAD is answered too."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [(name, _with_head(value) if name == b"allow" else value) for name, value in message["headers"]]
            there = {name for name, _ in headers}
            message["headers"] = [*headers, *(item for item in own if item[0] not in there)]
        await send(message)

    return wrapped


def _with_head(allowed: bytes) -> bytes:
    return allowed if b"HEAD" in allowed else allowed.replace(b"GET", b"GET, HEAD")


def _as_options(send: Send) -> Send:
    """Litestar's own answer to OPTIONS names the methods of one handler; its 405 to TRACE, those of the address."""

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 405:
            message["status"] = 204
            about_body = (b"content-type", b"content-length")
            message["headers"] = [(name, value) for name, value in message["headers"] if name not in about_body]
        await send(message)

    return wrapped


def _without_body(send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] != "http.response.body":
            await send(message)
        elif not message.get("more_body"):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    return wrapped


def problem_body(status: int, detail: str, hint: str = "") -> bytes:
    return msgspec.json.encode(ProblemDocument("about:blank", HTTPStatus(status).phrase, status, detail, hint))


def wants_json(request: Request[Any, Any, Any]) -> bool:
    return request.url.path.startswith("/api/")


def problem_answer(request: Request[Any, Any, Any], status: int, detail: str, hint: str = "") -> Response[Any]:
    """The error as a problem document for programs, as a page for people."""
    if wants_json(request):
        return Response(problem_body(status, detail, hint), status_code=status, media_type="application/problem+json")
    from backroad.kit.pages import render

    title = HTTPStatus(status).phrase
    body = render("error.html", {"status": status, "title": title, "detail": detail, "hint": hint})
    return Response(body, status_code=status, media_type=MediaType.HTML)


def on_problem(request: Request[Any, Any, Any], error: Problem) -> Response[Any]:
    answer = problem_answer(request, error.status, error.sentence, error.hint)
    answer.headers.update(error.headers)
    return answer


def on_http_error(request: Request[Any, Any, Any], error: HTTPException) -> Response[Any]:
    if isinstance(error, ValidationException):
        return problem_answer(request, 400, _what_is_wrong(error))
    detail = error.detail if error.status_code < 500 and error.detail else HTTPStatus(error.status_code).phrase
    detail = {
        404: "There is nothing at this address.",
        405: f"{request.method} is not possible here.",
        413: "The request is too large.",
    }.get(error.status_code, detail)
    answer = problem_answer(request, error.status_code, detail)
    for name, value in (error.headers or {}).items():
        answer.headers[name] = value
    return answer


def _what_is_wrong(error: ValidationException) -> str:
    details = error.extra if isinstance(error.extra, list) else []
    parts = [
        f"{item.get('key', 'the request')}: {item.get('message', '')}" for item in details if isinstance(item, dict)
    ]
    return "; ".join(parts) or "The request is not of the expected form."


def on_fault(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """A fault of ours: logged whole, told in one sentence."""
    path = request.scope.get("path_template", "")  # an address may hold secrets
    log.error("fault", method=request.method, path=path, exc_info=error)
    return problem_answer(
        request, 500, "Something went wrong on our side; nothing of yours is lost.", "The server's log says more."
    )
