"""Platforms, launches, and the places in courses from which people come."""

from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

STATE_LIFE = timedelta(minutes=10)
LONGEST_URL = 500
Counted = Literal["any", "supervised"]
"""Which evidence makes the grade: all, or what nobody could make up (supervised, or an instructor's)."""


class Platform(msgspec.Struct, frozen=True):
    """A learning platform that an admin has registered, as one client of it."""

    id: str
    issuer: str
    client_id: str
    title: str
    login_url: str
    """Its OpenID authentication endpoint."""
    token_url: str
    jwks_url: str
    created_at: datetime
    audience: str = ""
    """What its token endpoint wants as `aud`, where that is not its address."""
    deployments: tuple[str, ...] = ()

    @property
    def foreign_issuer(self) -> str:
        """Under which its people are known. A sign-in provider with the same issuer is somebody else."""
        return f"lti:{self.issuer}"


class State(msgspec.Struct, frozen=True):
    """A launch that was begun; it is used once, by the browser that has the cookie. Ids are SHA-256 of the words."""

    id: str
    platform: str
    nonce: str
    browser: str
    expires_at: datetime


class Content(msgspec.Struct, frozen=True):
    """What is opened: the drills of a skill, a lab, or a road."""

    kind: Literal["skill", "lab", "road"]
    ref: str
    counted: Counted = "any"

    @property
    def name(self) -> str:
        return f"{self.kind}:{self.ref}"


class Message(msgspec.Struct, frozen=True):
    """A launch that was checked: what of its claims is used here."""

    platform: str
    kind: Literal["resource", "deep linking"]
    deployment: str
    subject: str
    name: str
    roles: tuple[str, ...]
    resource: str = ""
    title: str = ""
    custom: dict[str, str] = {}
    grades: dict[str, Any] = {}
    """The claim of Assignment and Grade Services."""
    linking: dict[str, Any] = {}
    """The settings of deep linking."""

    @property
    def teaches(self) -> bool:
        """Whether they may change the course (LTI 1.3, A.2.2)."""
        ends = ("membership#Instructor", "membership#ContentDeveloper", "institution/person#Administrator")
        return any(role.endswith(ends) for role in self.roles)


class Link(msgspec.Struct, frozen=True):
    """One person at one place in a course, and the grade that the platform was last told."""

    id: str
    platform: str
    deployment: str
    resource: str
    person: str
    subject: str
    content: str
    counted: Counted
    line: str
    """Address of the line item; empty where the course takes no grade."""
    created_at: datetime
    checked_at: datetime
    """Up to which evidence was looked at."""
    sent_at: datetime | None = None
    score: float = -1.0
    """0 to 1; -1: none was sent."""
    tries: int = 0
    retry_at: datetime | None = None
    """When to try again; None when nothing is to be tried."""
    problem: str = ""
    """Why the last try failed."""
