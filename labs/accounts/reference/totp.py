"""Time-based one-time passwords (RFC 6238): six digits, SHA-1, steps of 30 seconds."""

import base64
import hashlib
import hmac
import secrets
import time
from urllib.parse import quote

STEP, DIGITS, DRIFT = 30, 6, 1  # seconds; digits; steps that a clock may be off


def new_secret() -> str:
    return base64.b32encode(secrets.token_bytes(20)).decode()


def uri(secret: str, email: str) -> str:
    """For the QR code that an authenticator reads."""
    return f"otpauth://totp/Accounts:{quote(email)}?secret={secret}&issuer=Accounts"


def code_at(secret: str, step: int) -> str:
    digest = hmac.new(base64.b32decode(secret), step.to_bytes(8, "big"), hashlib.sha1).digest()
    start = digest[-1] & 15
    number = int.from_bytes(digest[start : start + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_of(secret: str, code: str) -> int | None:
    """The step for which the code is right, now or a step to either side."""
    now = int(time.time()) // STEP
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(code_at(secret, step).encode(), code.encode()):
            return step
    return None
