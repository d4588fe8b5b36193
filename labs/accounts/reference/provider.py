"""Signing in with an OpenID Connect provider: the authorization code flow with state, nonce and PKCE."""

import base64
import hashlib
import secrets
import sqlite3
from typing import Any
from urllib.parse import urlencode

import httpx2
import msgspec
from database import hash_of
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from rules import now

ALGORITHMS = ["RS256", "ES256"]
SIGN_IN = 600_000  # milliseconds that somebody has at the provider


class SignIn(msgspec.Struct, frozen=True):
    """What we remember of a browser that we sent to the provider."""

    nonce: str
    verifier: str
    next: str


class Refused(Exception):
    """What the provider sent is not what we asked for, or it cannot be asked."""


def begin(db: sqlite3.Connection, visitor: str, next_page: str) -> tuple[str, SignIn]:
    """(state, what belongs to it), bound to the browser by the hash of its cookie."""
    state, sign_in = secrets.token_urlsafe(24), SignIn(secrets.token_urlsafe(24), secrets.token_urlsafe(48), next_page)
    db.execute("DELETE FROM sign_ins WHERE expires_at <= ?", (now(),))
    values = (hash_of(state), hash_of(visitor), sign_in.nonce, sign_in.verifier, sign_in.next, now() + SIGN_IN)
    db.execute("INSERT INTO sign_ins VALUES (?, ?, ?, ?, ?, ?)", values)
    return state, sign_in


def take(db: sqlite3.Connection, visitor: str, state: str) -> SignIn | None:
    """Once, and only for the browser that began it."""
    row = db.execute(
        "DELETE FROM sign_ins WHERE state_hash = ? AND visitor_hash = ? AND expires_at > ?"
        " RETURNING nonce, verifier, next",
        (hash_of(state), hash_of(visitor), now()),
    ).fetchone()
    return SignIn(*row) if row else None


class Provider:
    def __init__(self, issuer: str, client_id: str, client_secret: str, redirect_uri: str) -> None:
        self._issuer = issuer
        self._client_id = client_id
        self._client_secret = client_secret
        self._redirect_uri = redirect_uri
        self._http = httpx2.AsyncClient(timeout=5)
        self._configuration: dict[str, Any] = {}
        self._keys: KeySet | None = None

    async def authorization_url(self, state: str, sign_in: SignIn) -> str:
        challenge = base64.urlsafe_b64encode(hashlib.sha256(sign_in.verifier.encode()).digest()).rstrip(b"=")
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": self._redirect_uri,
            "scope": "openid email profile",
            "state": state,
            "nonce": sign_in.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        return f"{await self._endpoint('authorization_endpoint')}?{urlencode(asked)}"

    async def claims(self, code: str, sign_in: SignIn) -> dict[str, Any]:
        """Who it is, from an ID token that is for us, of this sign-in, and signed by the provider."""
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._redirect_uri,
            "code_verifier": sign_in.verifier,
        }
        endpoint = await self._endpoint("token_endpoint")
        answer = await self._ask("POST", endpoint, data=form, auth=(self._client_id, self._client_secret))
        wanted = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": self._issuer},
            aud={"essential": True, "value": self._client_id},
            nonce={"essential": True, "value": sign_in.nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = (await self._decode(str(answer.get("id_token")))).claims
            wanted.validate(claims)
        except (JoseError, ValueError) as error:
            raise Refused(f"the ID token: {error}") from None
        return claims

    async def _decode(self, token: str) -> jwt.Token:
        """With the keys that we know, else with those that the provider has now."""
        if self._keys is not None:
            try:
                return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                pass
        self._keys = KeySet.import_key_set(await self._ask("GET", await self._endpoint("jwks_uri")))
        return jwt.decode(token, self._keys, algorithms=ALGORITHMS)

    async def _endpoint(self, name: str) -> str:
        if not self._configuration:
            self._configuration = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
        return str(self._configuration.get(name, ""))

    async def _ask(self, method: str, url: str, **options: Any) -> Any:
        try:
            answer = await self._http.request(method, url, **options)
            return answer.raise_for_status().json()
        except (httpx2.HTTPError, httpx2.InvalidURL, ValueError) as error:
            raise Refused(type(error).__name__) from None
