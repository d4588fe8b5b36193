"""Identities at other providers, and how one gets there and back."""

from datetime import datetime, timedelta

import msgspec

ERRAND_LIFE = timedelta(minutes=10)


class Claimed(msgspec.Struct, frozen=True):
    """Whom a provider says somebody is. `email` is one that it has verified, or empty."""

    issuer: str
    subject: str
    label: str
    """By which a person recognises it: an email or a user name there."""
    email: str = ""
    name: str = ""


class Errand(msgspec.Struct, frozen=True):
    """Somebody's way to a provider and back, bound to the browser by a cookie whose digest it has."""

    digest: str
    provider: str
    state: str
    nonce: str
    verifier: str
    """PKCE (RFC 7636): who intercepts the code cannot use it."""
    onward: str
    person: str | None
    """Who links another way in; None for signing in."""
    expires_at: datetime
    may_join: bool = False
    """Whether an account may be made for somebody unknown."""
    claimed: Claimed | None = None
    """What came of it, while the person is asked whether to link it."""


class Linked(msgspec.Struct, frozen=True):
    """Another way in, as its owner sees it."""

    issuer: str
    subject: str
    person: str
    provider: str
    label: str
    created_at: datetime
    seen_at: datetime


class Known(msgspec.Struct, frozen=True):
    """An account has the same email; only its owner can say whether it is the same person."""

    email: str
