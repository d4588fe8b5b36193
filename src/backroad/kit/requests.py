"""Around the whole application: each request has an id, and one log line when it has ended.

The id comes from the `X-Request-ID` of whoever is in front, if it is a sound one, else it is drawn. It is sent back and
stands in every log line of the request. What is logged names routes and never addresses: addresses hold secrets.
"""

import asyncio
import re
import secrets
import time
from collections.abc import Callable, Sequence

import structlog
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backroad.kit.asked import UNMATCHED, Asked, asked

log = structlog.get_logger()
HEADER = b"x-request-id"
WENT_AWAY = 499
"""As nginx has it: the client closed the connection before there was an answer."""
_SOUND = re.compile(rb"[A-Za-z0-9._-]{1,64}")
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"})


async def note_route(message: Message, scope: Scope) -> None:
    """Litestar's hook before it sends: only inside of it is the route known."""
    current = asked.get()
    if current is not None and message["type"] in ("http.response.start", "websocket.accept"):
        current.route = scope.get("path_template") or UNMATCHED


class Watcher:
    """Sees each request when it begins and when it has ended. Must not raise."""

    def begins(self, asked: Asked, scope: Scope) -> None:
        """Before the application sees it."""

    def ended(self, asked: Asked) -> None:
        """After the last byte was sent, or the client went away."""


class Requests:
    """`lines`: write a log line for each request."""

    def __init__(self, app: ASGIApp, *, lines: bool, watchers: Sequence[Watcher] = ()) -> None:
        self.app = app
        self.lines = lines
        self.watchers = watchers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in (ScopeType.HTTP, ScopeType.WEBSOCKET):
            await self.app(scope, receive, send)
            return
        current = Asked(request_id(scope), method_of(scope))
        token = asked.set(current)
        try:
            for watcher in self.watchers:
                watcher.begins(current, scope)
            await self.app(scope, receive, _noting(current, send))
        except asyncio.CancelledError:
            current.status = current.status or WENT_AWAY
            raise
        except Exception as error:
            current.status = current.status or 500
            log.error("fault", method=current.method, path=current.route, exc_info=error)
            raise
        finally:
            self._end(current)
            asked.reset(token)

    def _end(self, current: Asked) -> None:
        current.seconds = time.perf_counter() - current.began
        current.status = current.status or WENT_AWAY
        for watcher in self.watchers:
            watcher.ended(current)
        if self.lines:
            log.info(
                "request",
                method=current.method,
                path=current.route,
                status=current.status,
                ms=round(current.seconds * 1000, 1),
                sql=current.statements,
                sql_ms=round(current.sql_seconds * 1000, 1),
            )


def _noting(current: Asked, send: Send) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            current.status = message["status"]
            message["headers"] = [*message["headers"], (HEADER, current.id.encode())]
        elif message["type"] == "websocket.accept":
            current.status = 101
        elif message["type"] == "websocket.close" and not current.status:
            current.status = 403  # what a handshake is answered with that is closed instead of accepted
        await send(message)

    return wrapped


def request_id(scope: Scope, draw: Callable[[], str] = lambda: secrets.token_hex(16)) -> str:
    """Only a plain and short one is taken over: it goes into logs and headers."""
    given = [value for name, value in scope["headers"] if name == HEADER]
    return given[0].decode() if len(given) == 1 and _SOUND.fullmatch(given[0]) else draw()


def method_of(scope: Scope) -> str:
    """One of a few words, whatever was sent."""
    if scope["type"] == ScopeType.WEBSOCKET:
        return "WEBSOCKET"
    method = str(scope["method"])
    return method if method in _METHODS else "OTHER"
