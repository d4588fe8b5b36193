"""An OpenID Connect provider, which signs in whom the check says, without a page.

    GET  /.well-known/openid-configuration · GET /jwks
    GET  /authorize      code flow; state, nonce, PKCE (S256), response_mode query. Goes back to redirect_uri at once
    POST /token          authorization_code, refresh_token; client_secret_basic, client_secret_post, or PKCE alone
    GET  /userinfo       with Authorization: Bearer <access token>

A code works once, for its redirect_uri and its code verifier, for a minute. `redirect_uris` are those registered;
while there are none, any on this machine is taken.
"""

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit

import msgspec

from backroad.verifier.config import is_loopback
from backroad.verifier.dependencies.conditions import Fault
from backroad.verifier.standins.call import Call, Reply, reply_json
from backroad.verifier.standins.standin import Standin
from backroad.verifier.standins.tokens import FLAWS, Algorithm, Flaw, Keys

LIFETIME = 300  # seconds, of ID and access tokens
CODE_LIFETIME = 60
MAX_GRANTS = 10_000
NO_STORE = (("Cache-Control", "no-store"),)


class User(msgspec.Struct, frozen=True):
    sub: str
    email: str
    name: str
    email_verified: bool = True


class Grant(msgspec.Struct, frozen=True):
    user: User
    redirect_uri: str
    nonce: str
    challenge: str
    scope: str
    until: float


class Identity(Standin):
    name = "identity"

    def __init__(self, *, seed: str = "", algorithm: Algorithm = "RS256") -> None:
        super().__init__(seed=seed)
        self.client_id = "backroad-client"
        self.client_secret = secrets.token_urlsafe(24)
        self.redirect_uris: list[str] = []
        self.algorithm: Algorithm = algorithm
        self.keys = Keys()
        self.user = User("user-alice", "alice@example.test", "Alice Example")
        self.refuse_with = ""  # "access_denied", say: the user refuses
        self._flaw: Flaw | None = None
        self._wrong_state = False
        self._codes: dict[str, Grant] = {}
        self._access: dict[str, Grant] = {}
        self._refresh: dict[str, Grant] = {}
        self._making: asyncio.Task[Any] | None = None

    async def open(self) -> "Identity":
        await super().open()
        self._making = asyncio.get_running_loop().create_task(self.keys.get(self.algorithm))
        return self

    async def close(self) -> None:
        if self._making is not None:
            await asyncio.wait((self._making,))
        await super().close()

    @property
    def issuer(self) -> str:
        return self.url

    def environment(self) -> Mapping[str, str]:
        return {
            "OIDC_ISSUER": self.issuer,
            "OIDC_CLIENT_ID": self.client_id,
            "OIDC_CLIENT_SECRET": self.client_secret,
        }

    def sign_in(self, name: str, *, email: str = "", verified: bool = True) -> User:
        """Who is signed in from now on."""
        low = name.lower()
        self.user = User(f"user-{low}", email or f"{low}@example.test", name, verified)
        return self.user

    def misbehave(self, flaw: Flaw) -> Fault:
        """ID tokens that a client must refuse."""
        if flaw not in FLAWS:
            raise ValueError(f"misbehave() knows {', '.join(FLAWS)}, not {flaw!r}")
        self._flaw = flaw
        return Fault(lambda _: setattr(self, "_flaw", None), {})

    def swap_state(self) -> Fault:
        """Go back with another state than the client's."""
        self._wrong_state = True
        return Fault(lambda _: setattr(self, "_wrong_state", False), {})

    async def rotate_keys(self, *, keep_old: bool = True) -> None:
        await self.keys.rotate(self.algorithm, keep_old=keep_old)

    def restore(self) -> None:
        self._flaw, self._wrong_state, self.refuse_with = None, False, ""
        super().restore()

    async def answer(self, call: Call) -> Reply:
        match call.method, call.path:
            case "GET", "/.well-known/openid-configuration":
                return reply_json(self._configuration())
            case "GET", "/jwks":
                return reply_json(await self.keys.public(self.algorithm))
            case "GET", "/authorize":
                return self._authorize(call.query)
            case "POST", "/token":
                return await self._token(call)
            case (("GET" | "POST"), "/userinfo"):
                return self._userinfo(call)
        return _error("not_found", f"there is no {call.text}", 404)

    def _configuration(self) -> dict[str, Any]:
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "jwks_uri": f"{self.url}/jwks",
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": [self.algorithm],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post", "none"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    def _authorize(self, asked: Mapping[str, str]) -> Reply:
        redirect = asked.get("redirect_uri", "")
        if asked.get("client_id") != self.client_id:
            return _error("invalid_client", "the client_id is unknown", 400)
        if not self._may_go_to(redirect):
            return _error("invalid_request", "this redirect_uri is not registered", 400)
        back = {"state": asked["state"]} if "state" in asked else {}
        if self._wrong_state:
            back = {"state": secrets.token_urlsafe(12)}
        if problem := self._refusal(asked):
            back["error"] = problem
        else:
            code = secrets.token_urlsafe(24)
            grant = Grant(
                self.user, redirect, asked.get("nonce", ""), asked.get("code_challenge", ""), asked.get("scope", ""),
                time.monotonic() + CODE_LIFETIME,
            )  # fmt: skip
            _keep(self._codes, code, grant)
            back["code"] = code
        query = urlencode({**back, "iss": self.issuer})
        return Reply(302, headers=(("Location", f"{redirect}{'&' if '?' in redirect else '?'}{query}"), *NO_STORE))

    def _refusal(self, asked: Mapping[str, str]) -> str:
        if asked.get("response_type") != "code":
            return "unsupported_response_type"
        if "openid" not in asked.get("scope", "").split():
            return "invalid_scope"
        if "code_challenge" in asked and asked.get("code_challenge_method") != "S256":
            return "invalid_request"
        return self.refuse_with

    def _may_go_to(self, redirect: str) -> bool:
        if self.redirect_uris:
            return redirect in self.redirect_uris
        parts = urlsplit(redirect)
        return parts.scheme == "http" and is_loopback(parts.hostname or "") and not parts.fragment

    async def _token(self, call: Call) -> Reply:
        asked = dict(parse_qsl(call.body.decode("utf-8", "replace"), keep_blank_values=True))
        client, secret = _credentials(call, asked)
        known = secret is None or secrets.compare_digest(secret.encode(), self.client_secret.encode())
        if client != self.client_id or not known:
            return _error("invalid_client", "the client or its secret is wrong", 401)
        if asked.get("grant_type") == "refresh_token":
            grant = self._refresh.pop(asked.get("refresh_token", ""), None)
            if grant is None or secret is None:
                return _error("invalid_grant", "the refresh token is unknown or was used", 400)
            return await self._issue(grant)
        if asked.get("grant_type") != "authorization_code":
            return _error("unsupported_grant_type", "authorization_code or refresh_token", 400)
        grant = self._codes.pop(asked.get("code", ""), None)
        if grant is None or time.monotonic() > grant.until or asked.get("redirect_uri") != grant.redirect_uri:
            return _error("invalid_grant", "the code is unknown, used, too old or for another redirect_uri", 400)
        if not _verified(grant.challenge, asked.get("code_verifier", "")) or (secret is None and not grant.challenge):
            return _error("invalid_grant", "the code verifier does not fit", 400)
        return await self._issue(grant)

    async def _issue(self, grant: Grant) -> Reply:
        access = secrets.token_urlsafe(24)
        _keep(self._access, access, msgspec.structs.replace(grant, until=time.monotonic() + LIFETIME))
        issued: dict[str, Any] = {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": LIFETIME,
            "scope": grant.scope,
            "id_token": await self.keys.sign(self._claims(grant), self.algorithm, self._flaw),
        }
        if "offline_access" in grant.scope.split():
            issued["refresh_token"] = secrets.token_urlsafe(24)
            _keep(self._refresh, issued["refresh_token"], grant)
        return reply_json(issued, headers=NO_STORE)

    def _claims(self, grant: Grant) -> dict[str, Any]:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.issuer, "sub": grant.user.sub, "aud": self.client_id, "iat": now, "exp": now + LIFETIME,
            "auth_time": now, **_profile(grant),
        }  # fmt: skip
        if grant.nonce:
            claims["nonce"] = grant.nonce
        match self._flaw:
            case "wrong_nonce":
                claims["nonce"] = secrets.token_urlsafe(12)
            case "no_nonce":
                claims.pop("nonce", None)
            case "expired":
                claims.update(iat=now - 2 * 86400, exp=now - 86400, auth_time=now - 2 * 86400)
            case "wrong_audience":
                claims["aud"] = "another-client"
            case "wrong_issuer":
                claims["iss"] = "https://issuer.example.test"
            case "wrong_subject":  # userinfo says someone else
                claims["sub"] = "user-mallory"
        return claims

    def _userinfo(self, call: Call) -> Reply:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        grant = self._access.get(token) if scheme.lower() == "bearer" else None
        if grant is None or time.monotonic() > grant.until:
            challenge = (("WWW-Authenticate", 'Bearer error="invalid_token"'),)
            return reply_json({"error": "invalid_token"}, 401, challenge)
        return reply_json({"sub": grant.user.sub, **_profile(grant)})


def _profile(grant: Grant) -> dict[str, Any]:
    scopes, user = grant.scope.split(), grant.user
    email = {"email": user.email, "email_verified": user.email_verified} if "email" in scopes else {}
    return {**email, **({"name": user.name} if "profile" in scopes else {})}


def _credentials(call: Call, asked: Mapping[str, str]) -> tuple[str, str | None]:
    """Client id and secret; no secret for a public client."""
    scheme, _, given = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return asked.get("client_id", ""), asked.get("client_secret")
    try:
        name, _, secret = base64.b64decode(given, validate=True).decode().partition(":")
    except ValueError:
        return "", None
    return unquote_plus(name), unquote_plus(secret)


def _verified(challenge: str, verifier: str) -> bool:
    if not challenge:
        return not verifier
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode() == challenge


def _keep(grants: dict[str, Grant], key: str, grant: Grant) -> None:
    if len(grants) >= MAX_GRANTS:
        del grants[next(iter(grants))]
    grants[key] = grant


def _error(code: str, text: str, status: int) -> Reply:
    return reply_json({"error": code, "error_description": text}, status, NO_STORE)
