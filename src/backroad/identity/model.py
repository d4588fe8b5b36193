"""People, their sessions, and what a request may do."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

LOCAL = "local"
"""The one person of local mode, who has no account."""
Role = Literal["learner", "instructor", "admin"]
ROLES: tuple[Role, ...] = ("learner", "instructor", "admin")
SESSION_LIFE = timedelta(days=30)
"""A session that nobody used for so long ends."""
PROOF_LIFE = timedelta(minutes=15)
"""For so long after their password was given, a session may do what cannot be taken back."""
LONGEST_NAME = 80
LONGEST_EMAIL = 254
"""RFC 5321: a path has at most 256 characters, two of which are its brackets."""


class Person(msgspec.Struct, frozen=True):
    """`id` is the learner's id everywhere else."""

    id: str
    email: str
    """As it was typed; people are told apart by its small letters. Empty for people another site told us of."""
    name: str
    role: Role
    created_at: datetime
    verified_at: datetime | None = None
    """When they showed that mail to `email` reaches them."""
    disabled_at: datetime | None = None
    has_password: bool = False
    has_totp: bool = False

    def may(self, role: Role) -> bool:
        """An admin may what an instructor may, and an instructor what a learner may."""
        return ROLES.index(self.role) >= ROLES.index(role)


LOCAL_PERSON = Person(LOCAL, "", "", "admin", datetime(1970, 1, 1, tzinfo=UTC))


class Session(msgspec.Struct, frozen=True):
    """One browser in which a person is signed in. `id` is the SHA-256 of what its cookie holds."""

    id: str
    person: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    proved_at: datetime
    """When the person last gave their password, or came from another provider."""
    agent: str = ""
    address: str = ""


class Access(msgspec.Struct, frozen=True):
    """Who sends a request, how that is known, and what they let it do."""

    person: Person
    via: Literal["local", "session", "token", "jwt"]
    scopes: frozenset[str] = frozenset()
    """Of a token. A session, and local mode, may all that the person may."""
    session: str = ""
    """Id of the session, or of the token."""
    proved_at: datetime | None = None

    def allows(self, scope: str) -> bool:
        return self.via in ("local", "session") or scope in self.scopes


LOCAL_ACCESS = Access(LOCAL_PERSON, "local")
