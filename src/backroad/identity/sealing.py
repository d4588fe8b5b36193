"""What leaves the server and comes back, or lies where others may read it: sealed under keys made from one secret.

A key is made for each purpose (HKDF, RFC 5869), so that what was sealed for one cannot be passed off as another.
"""

import base64
import functools
import hashlib
import hmac
from datetime import datetime
from typing import TypeVar

import msgspec
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

T = TypeVar("T")


@functools.lru_cache(32)
def _key(secret_key: str, purpose: str) -> bytes:
    return HKDF(SHA256(), 32, None, f"backroad {purpose}".encode()).derive(secret_key.encode())


def _fernet(secret_key: str, purpose: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_key(secret_key, purpose)))


def seal(secret_key: str, purpose: str, value: msgspec.Struct, now: datetime) -> str:
    """Letters that nobody without the secret can read or change (Fernet: AES-128-CBC and HMAC-SHA256)."""
    moment = int(now.timestamp())
    return _fernet(secret_key, purpose).encrypt_at_time(msgspec.json.encode(value), moment).decode()


def unseal(
    secret_key: str, purpose: str, text: str, kind: type[T], *, now: datetime, seconds: int | None = None
) -> T | None:
    """None for what was not sealed here for this purpose, or longer than `seconds` ago."""
    try:
        sealed, fernet = text.encode(), _fernet(secret_key, purpose)
        plain = fernet.decrypt(sealed) if seconds is None else fernet.decrypt_at_time(
            sealed, seconds, int(now.timestamp())
        )  # fmt: skip
        return msgspec.json.decode(plain, type=kind)
    except (InvalidToken, ValueError, msgspec.MsgspecError):
        return None


def digest(secret_key: str, purpose: str, text: str) -> str:
    """What is kept of a short secret: without the key, trying all of them leads nowhere."""
    return hmac.new(_key(secret_key, purpose), text.encode(), hashlib.sha256).hexdigest()
