"""The authorization server for programs: tokens, devices, revocation, and what it says about itself (RFC 8414)."""

from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import parse_qsl

from litestar import Request, Response, Router, get, post
from litestar.di import NamedDependency
from litestar.exceptions import HTTPException
from sqlalchemy import Connection

from backroad.identity import devices, families, grant_store, oauth, tokens
from backroad.identity.grants import ACCESS_LIFE, CLIENTS, PAUSE, SCOPES, Issued
from backroad.identity.jwts import Jwts
from backroad.identity.oauth import GRANTS, From, Refusal
from backroad.identity.sessions import fingerprint
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits, Rate, client_address
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]
PUBLIC = {"public": True}
NO_STORE = {"cache-control": "no-store"}
EXCHANGES = Rate("oauth-token", 240, 60)
"""From one address; a class may sit behind it."""
BEGINNINGS = Rate("oauth-device", 120, 3600)
LONGEST_BODY = 8_000


async def asked_of(request: AnyRequest) -> dict[str, str]:
    """The form fields of a request. None may come twice (RFC 6749, 3.2)."""
    if request.content_type[0] != "application/x-www-form-urlencoded":
        raise Problem("The body must be a form.", "Send it as application/x-www-form-urlencoded.")
    body = await request.body()
    try:
        if len(body) > LONGEST_BODY:
            raise ValueError
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=50, strict_parsing=bool(body))
    except ValueError:
        raise Problem("The body is not a form of at most 50 fields.") from None
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise Problem("A field of the form comes twice.")
    return fields


def sender_of(request: AnyRequest, settings: Settings) -> From:
    return From(request.headers.get("user-agent", ""), client_address(request.scope, settings.trusted_proxies))


def _refused(refusal: Refusal) -> Response[Any]:
    return Response(refusal, status_code=refusal.status, headers=NO_STORE)


def _on_problem(request: AnyRequest, error: Problem) -> Response[Any]:
    """Programs that speak OAuth understand its own errors alone."""
    busy = error.status == 429 or error.status >= 500
    content = {"error": "temporarily_unavailable" if busy else "invalid_request", "error_description": str(error)}
    return Response(content, status_code=error.status, headers={**NO_STORE, **error.headers})


def _on_http_error(request: AnyRequest, error: HTTPException) -> Response[Any]:
    content = {"error": "invalid_request", "error_description": error.detail or "the request cannot be read"}
    return Response(content, status_code=error.status_code, headers={**NO_STORE, **(error.headers or {})})


@post("/oauth/token", status_code=200, include_in_schema=False, opt=PUBLIC)
async def token(
    request: AnyRequest,
    db: NamedDependency[Database],
    jwts: NamedDependency[Jwts],
    limits: NamedDependency[Limits],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    sender = sender_of(request, settings)
    await limits.hit(EXCHANGES, sender.address)
    asked = await asked_of(request)
    now = clock.now()
    issued = await db.run(lambda tx: oauth.exchange(tx, jwts, asked, now, sender))
    if isinstance(issued, Refusal):
        return _refused(issued)
    return Response(_told(issued), headers=NO_STORE)


def _told(issued: Issued) -> dict[str, Any]:
    return {
        "access_token": issued.access,
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIFE.total_seconds()),
        "refresh_token": issued.refresh,
        "scope": " ".join(issued.family.scopes),
    }


@post("/oauth/device", status_code=200, include_in_schema=False, opt=PUBLIC)
async def device(
    request: AnyRequest,
    db: NamedDependency[Database],
    limits: NamedDependency[Limits],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    sender = sender_of(request, settings)
    await limits.hit(BEGINNINGS, sender.address)
    asked = await asked_of(request)
    client, scopes = asked.get("client_id", ""), oauth.scopes_of(asked.get("scope", ""))
    if client not in CLIENTS:
        return _refused(Refusal("invalid_client", "client_id is missing or unknown"))
    if scopes is None:
        return _refused(Refusal("invalid_scope", f"there are {' '.join(SCOPES)}"))
    now = clock.now()
    word, made = await db.run(
        lambda tx: devices.begin(tx, client, scopes, now, agent=sender.agent, address=sender.address)
    )
    shown, page = devices.shown(made.user_code), f"{settings.public_url}/device"
    content = {
        "device_code": word,
        "user_code": shown,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={shown}",
        "expires_in": int((made.expires_at - now).total_seconds()),
        "interval": PAUSE,
    }
    return Response(content, headers=NO_STORE)


@post("/oauth/revoke", status_code=200, include_in_schema=False, opt=PUBLIC)
async def revoke(
    request: AnyRequest,
    db: NamedDependency[Database],
    jwts: NamedDependency[Jwts],
    limits: NamedDependency[Limits],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    """RFC 7009: who holds a token may end it. An unknown one is over already, which is no error."""
    await limits.hit(EXCHANGES, sender_of(request, settings).address)
    asked = await asked_of(request)
    word = asked.get("token", "")
    if not word:
        return _refused(Refusal("invalid_request", "token is missing"))
    await db.run(lambda tx: _end(tx, jwts, word))
    return Response({}, headers=NO_STORE)


def _end(tx: Connection, jwts: Jwts, word: str) -> None:
    now = clock.now()
    families.revoke(tx, word, now)
    by_jwt = jwts.access_of(tx, word, now)
    if by_jwt is not None:
        families.end(tx, by_jwt.person.id, by_jwt.session, now)
    personal = grant_store.token_and_person(tx, fingerprint(word))
    if personal is not None:
        tokens.revoke(tx, personal[1].id, personal[0].id, now)


@get("/.well-known/oauth-authorization-server", include_in_schema=False, opt=PUBLIC, sync_to_thread=False)
def metadata(settings: NamedDependency[Settings]) -> dict[str, Any]:
    base = settings.public_url
    return {
        "issuer": base,
        "authorization_endpoint": f"{base}/oauth/authorize",
        "token_endpoint": f"{base}/oauth/token",
        "device_authorization_endpoint": f"{base}/oauth/device",
        "revocation_endpoint": f"{base}/oauth/revoke",
        "jwks_uri": f"{base}/oauth/jwks.json",
        "scopes_supported": list(SCOPES),
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": list(GRANTS),
        "token_endpoint_auth_methods_supported": ["none"],
        "revocation_endpoint_auth_methods_supported": ["none"],
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
    }


@get("/oauth/jwks.json", include_in_schema=False, opt=PUBLIC)
async def jwks(db: NamedDependency[Database], jwts: NamedDependency[Jwts]) -> Response[Any]:
    """Public keys of our JWTs; programs ask again when they meet an unknown `kid`."""
    return Response(await db.run(jwts.keys.public), headers={"cache-control": "public, max-age=300"})


_ON_ERROR: dict[Any, Callable[..., Any] | Coroutine[Any, Any, Any]] = {
    Problem: _on_problem,
    HTTPException: _on_http_error,
}
ROUTES = (
    Router("/", route_handlers=[token, device, revoke, metadata, jwks], exception_handlers=_ON_ERROR),  # type: ignore[arg-type]
)
