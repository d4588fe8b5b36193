"""Passwords, and the tokens that stand for having known one."""

import contextlib
import os
import secrets
import time
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

LIFETIME = 7 * 24 * 3600  # seconds
HASHER = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)  # the least that OWASP recommends
NOBODY = HASHER.hash(secrets.token_hex(8))  # so that an unknown address takes as long as a wrong password


def hash_password(password: str) -> str:
    return HASHER.hash(password)


def fits(password: str, kept: str | None) -> bool:
    try:
        return HASHER.verify(kept or NOBODY, password) and kept is not None
    except VerificationError:
        return False


class Tokens:
    def __init__(self, folder: Path) -> None:
        self._key = OctKey.import_key(secret_in(folder / "secret"))

    def issue(self, user: int) -> str:
        now = int(time.time())
        return jwt.encode({"alg": "HS256"}, {"sub": str(user), "iat": now, "exp": now + LIFETIME}, self._key)

    def read(self, token: str) -> int | None:
        """Whose it is; None if it is not one of ours, or no longer good."""
        try:
            claims = jwt.decode(token, self._key, algorithms=["HS256"]).claims
            jwt.JWTClaimsRegistry(exp={"essential": True}).validate(claims)
            return int(claims["sub"])
        except (JoseError, ValueError, KeyError, TypeError):
            return None


def secret_in(path: Path) -> bytes:
    """The same for all processes that share the folder. Whoever links first decides, and nobody reads half of it."""
    if not path.exists():
        fresh = path.with_name(f"{path.name}.{os.getpid()}")
        fresh.touch(0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        with contextlib.suppress(FileExistsError):
            os.link(fresh, path)
        fresh.unlink()
    return path.read_bytes()
