"""What programs are let in with: personal access tokens, and grants with their refresh tokens. The nouns."""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

Scope = Literal["read", "write", "submit", "admin"]
SCOPES: dict[Scope, str] = {
    "read": "see all that you see",
    "write": "change what you can change",
    "submit": "hand in labs for grading",
    "admin": "do what only admins may",
}
"""Scope -> what it lets a program do."""
TOKEN_DAYS, MOST_TOKEN_DAYS = 90, 365
MOST_TOKENS = 50
"""Of one person."""
ACCESS_LIFE = timedelta(minutes=15)
FAMILY_LIFE = timedelta(days=90)
"""A grant that no program used for so long ends."""
CODE_LIFE = timedelta(minutes=2)
DEVICE_LIFE = timedelta(minutes=10)
PAUSE = 5
"""Seconds between two questions of a device, and by how much it grows when one asks too soon (RFC 8628, 3.5)."""


class Client(msgspec.Struct, frozen=True):
    """A program that may ask for a grant. None has a secret: whatever ships with a program can be read."""

    id: str
    title: str


CLIENTS = {
    client.id: client
    for client in (
        Client("backroad-cli", "Backroad's command line"),
        Client("backroad-app", "An app on your own computer"),
    )
}


class Token(msgspec.Struct, frozen=True):
    """A personal access token, as its owner sees it later: without what lets one in."""

    id: str
    name: str
    scopes: tuple[Scope, ...]
    tail: str
    """Its last four letters, to tell it from others."""
    created_at: datetime
    expires_at: datetime
    seen_at: datetime | None
    """When it was last used, give or take five minutes."""


class Family(msgspec.Struct, frozen=True):
    """A grant: a program that a person let in, and all tokens that come from it."""

    id: str
    person: str
    client: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    agent: str = ""
    address: str = ""


class Code(msgspec.Struct, frozen=True):
    """An authorization code (RFC 6749, 4.1), on its way back to the program."""

    digest: str
    person: str
    client: str
    scopes: tuple[Scope, ...]
    redirect: str
    challenge: str
    expires_at: datetime
    used_at: datetime | None = None
    family: str = ""
    """What came of it, so that its second use can end that."""


class Device(msgspec.Struct, frozen=True):
    """A device that waits to be let in (RFC 8628)."""

    digest: str
    user_code: str
    client: str
    scopes: tuple[Scope, ...]
    created_at: datetime
    expires_at: datetime
    polled_at: datetime | None = None
    pause: int = PAUSE
    agent: str = ""
    address: str = ""
    decision: Literal["", "allowed", "denied"] = ""
    person: str | None = None


class Issued(msgspec.Struct, frozen=True):
    """What a program gets (RFC 6749, 5.1)."""

    access: str
    refresh: str
    family: Family
