"""`/livez`, `/readyz` and `/metrics`: for machines, in front of everything that people pass.

They are answered under any host name, since orchestrators ask by address. The first two tell nothing but states.
Metrics are for whoever has the token; without one configured, for this machine alone.
"""

import hmac
import ipaddress
from urllib.parse import urlsplit

import msgspec
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backroad.kit.asked import asked
from backroad.kit.http import problem_body
from backroad.kit.metrics import CONTENT_TYPE, Reading, exposition
from backroad.kit.requests import method_of
from backroad.operations.health import Health

PATHS = frozenset({"/livez", "/readyz", "/metrics"})
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")


class Answer(msgspec.Struct, frozen=True):
    status: int
    body: bytes
    media_type: str
    headers: tuple[tuple[bytes, bytes], ...] = ()


class Probes:
    def __init__(self, app: ASGIApp, health: Health, readings: tuple[Reading, ...], token: str) -> None:
        self.app = app
        self.health = health
        self.readings = readings
        self.token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["path"] not in PATHS:
            await self.app(scope, receive, send)
            return
        current = asked.get()
        if current is not None:
            current.route = scope["path"]
        answer = await self._answer(scope)
        body = b"" if method_of(scope) == "HEAD" else answer.body
        headers = [
            (b"content-type", answer.media_type.encode()),
            (b"content-length", str(len(answer.body)).encode()),
            (b"cache-control", b"no-store"),
            (b"x-content-type-options", b"nosniff"),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": body, "more_body": False})

    async def _answer(self, scope: Scope) -> Answer:
        if method_of(scope) not in ("GET", "HEAD"):
            problem = _problem(405, f"{method_of(scope)} is not possible here.")
            return msgspec.structs.replace(problem, headers=((b"allow", b"GET, HEAD"),))
        if scope["path"] == "/livez":
            return Answer(200, b"ok", "text/plain; charset=utf-8")
        if scope["path"] == "/readyz":
            report = await self.health.report()
            ready = report.status != "not ready"
            return Answer(200 if ready else 503, msgspec.json.encode(report), "application/json")
        if refusal := self._refusal(scope):
            return refusal
        return Answer(200, await exposition(self.health.db, self.readings), CONTENT_TYPE)

    def _refusal(self, scope: Scope) -> Answer | None:
        headers = Headers.from_scope(scope)
        if not self.token:
            return None if is_local(scope, headers) else _problem(404, "There is nothing at this address.")
        given = headers.get("authorization", "")
        if hmac.compare_digest(given.encode(), f"Bearer {self.token}".encode()):
            return None
        problem = _problem(401, "Metrics need the token of this server.")
        return msgspec.structs.replace(problem, headers=((b"www-authenticate", b'Bearer realm="metrics"'),))


def is_local(scope: Scope, headers: Headers) -> bool:
    """From this machine, not through a proxy on it, and not by a page whose host name was made to point here."""
    client = scope["client"]
    if client is None or any(name in headers for name in _FORWARDED):
        return False
    host = urlsplit(f"//{headers.get('host', '')}").hostname or ""
    return is_loopback(client[0]) and (host == "localhost" or is_loopback(host))


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _problem(status: int, detail: str) -> Answer:
    return Answer(status, problem_body(status, detail), "application/problem+json")
