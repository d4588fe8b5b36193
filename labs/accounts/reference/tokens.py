"""Access tokens: JSON Web Tokens signed with ES256, whose public key anybody may read."""

import secrets
import sqlite3
import time
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

ISSUER, AUDIENCE, ALGORITHM = "accounts", "accounts-api", "ES256"


class Tokens:
    def __init__(self, key: ECKey, lifetime: int) -> None:
        self._key = key
        self.lifetime = lifetime
        self._claims = jwt.JWTClaimsRegistry(
            iss={"essential": True, "value": ISSUER},
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
            sid={"essential": True},
        )

    def issue(self, account: str, session: str) -> str:
        now = int(time.time())
        claims = {
            "iss": ISSUER, "aud": AUDIENCE, "sub": account, "sid": session, "iat": now, "exp": now + self.lifetime,
            "jti": secrets.token_urlsafe(12),
        }  # fmt: skip
        return jwt.encode({"alg": ALGORITHM, "kid": self._key.kid}, claims, self._key)

    def session_of(self, token: str) -> str | None:
        """The session that a token belongs to; None unless it is ours, unchanged and still good.

        The algorithm is ours to choose, never the token's.
        """
        try:
            claims = jwt.decode(token, self._key, algorithms=[ALGORITHM]).claims
            self._claims.validate(claims)
        except (JoseError, ValueError):
            return None
        return str(claims["sid"])

    def public_keys(self) -> dict[str, Any]:
        return {"keys": [{**self._key.as_dict(private=False), "use": "sig", "alg": ALGORITHM}]}


def load_key(db: sqlite3.Connection) -> ECKey:
    """The one signing key, made by whichever process comes first."""
    fresh = ECKey.generate_key("P-256").as_pem(private=True).decode()
    db.execute("INSERT OR IGNORE INTO keys VALUES (1, ?)", (fresh,))
    key = ECKey.import_key(db.execute("SELECT pem FROM keys").fetchone()[0])
    key.ensure_kid()
    return key
