"""Our own access tokens: JWTs as RFC 9068 describes them. They are checked by signature, and then by one row: a grant
that was ended, or a person who was shut out, is not let in for the rest of the quarter of an hour."""

from datetime import datetime
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import JWSRegistry
from sqlalchemy import Connection

from backroad.identity import grant_store
from backroad.identity.grants import ACCESS_LIFE, Family
from backroad.identity.model import Access
from backroad.identity.sessions import SEEN_EVERY
from backroad.identity.signing import ALGORITHM, SigningKeys
from backroad.kit.ids import new_id

TYPE = "at+jwt"
LONGEST = 2_000
"""Characters; ours have about 600."""
_REGISTRY = JWSRegistry(algorithms=[ALGORITHM])


class Jwts:
    """Makes and reads the access tokens of one server, `issuer` being its public URL."""

    def __init__(self, issuer: str, keys: SigningKeys) -> None:
        self.issuer = issuer
        self.keys = keys

    def make(self, tx: Connection, family: Family, now: datetime) -> str:
        key = self.keys.current(tx, now)
        at = int(now.timestamp())
        claims = {
            "iss": self.issuer,
            "aud": self.issuer,
            "sub": family.person,
            "client_id": family.client,
            "scope": " ".join(family.scopes),
            "sid": family.id,
            "iat": at,
            "exp": at + int(ACCESS_LIFE.total_seconds()),
            "jti": new_id(),
        }
        return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key, registry=_REGISTRY)

    def access_of(self, tx: Connection, text: str, now: datetime) -> Access | None:
        claims = self._claims(tx, text, now)
        if claims is None:
            return None
        found = grant_store.family_and_person(tx, claims["sid"], now)
        if found is None or found[1].disabled_at is not None or found[1].id != claims["sub"]:
            return None
        family, person = found
        if now - family.seen_at >= SEEN_EVERY:
            grant_store.touch_family(tx, family.id, seen_at=now)
        scopes = frozenset(claims["scope"].split()) & frozenset(family.scopes)
        return Access(person, "jwt", scopes=scopes, session=family.id)

    def _claims(self, tx: Connection, text: str, now: datetime) -> dict[str, Any] | None:
        """Of a token that we signed, for us, and that is not over; the key is looked up by its name, never taken from
        the token (RFC 8725)."""
        if len(text) > LONGEST:
            return None

        def key_of(token: Any) -> Any:
            kid = token.headers().get("kid")
            key = self.keys.by_kid(tx, kid) if isinstance(kid, str) and len(kid) <= 64 else None
            if key is None:
                raise ValueError("not a key of ours")
            return key

        try:
            token = jwt.decode(text, key_of, algorithms=[ALGORITHM], registry=_REGISTRY)
        except (JoseError, ValueError, TypeError, RecursionError):
            return None
        claims = token.claims
        words = all(isinstance(claims.get(name), str) for name in ("sub", "sid", "scope"))
        at = now.timestamp()
        sound = (
            token.header.get("typ") == TYPE
            and words
            and claims.get("iss") == claims.get("aud") == self.issuer
            and isinstance(claims.get("exp"), int)
            and at < claims["exp"] <= at + 2 * ACCESS_LIFE.total_seconds()
        )
        return claims if sound else None
