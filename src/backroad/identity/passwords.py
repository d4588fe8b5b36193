"""Passwords, kept as argon2id makes them (RFC 9106; OWASP Password Storage Cheat Sheet). One takes about 50 ms and
64 MiB: call these on a thread of their own, outside any transaction."""

import functools

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from backroad.kit.errors import Problem

SHORTEST, LONGEST = 12, 256
"""Characters. NIST SP 800-63B: length is what counts, and no rule about kinds of characters."""
_WEAK = frozenset({"password", "passwort", "backroad", "letmein", "welcome", "qwertyuiop", "administrator", "iloveyou"})


@functools.cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


def check_strength(password: str, *known: str) -> None:
    """Refuse what is guessed first; `known` is what an attacker knows: the name, the email."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise Problem(f"A password has {SHORTEST} to {LONGEST} characters.", "A sentence is easier to keep in mind.")
    if "\0" in password:
        raise Problem("A password cannot hold a null byte.")
    plain = password.lower()
    guessed = plain.strip("0123456789!?.-_ ")
    parts = {part for word in known for part in (word.lower(), word.lower().partition("@")[0]) if len(part) > 3}
    if len(set(plain)) < 5 or guessed in _WEAK or guessed in parts or plain in parts:
        raise Problem("This password is among the first that are guessed.", "Choose another one.")


def hashed(password: str) -> str:
    return _hasher().hash(password)


@functools.cache
def _nobodys() -> str:
    return hashed("nobody has this password")


def matches(kept: str, password: str) -> bool:
    """Whether it is the password of `kept`; an empty `kept` takes as long and never matches."""
    try:
        return _hasher().verify(kept or _nobodys(), password[:LONGEST]) and bool(kept)
    except (VerificationError, InvalidHashError):
        return False


def is_outdated(kept: str) -> bool:
    """Whether it was made with weaker parameters than today's."""
    return bool(kept) and _hasher().check_needs_rehash(kept)
