"""A key: its public half is kept for ever, so that what it signed can be checked."""

from datetime import datetime
from typing import Any, Literal, get_args

import msgspec

Purpose = Literal["credential", "lti"]
PURPOSES: tuple[Purpose, ...] = get_args(Purpose)
"""A key signs for one purpose, so that what it says there means nothing elsewhere."""


class PublicKey(msgspec.Struct, frozen=True):
    """`id` is its thumbprint (RFC 7638); `jwk` has no private part (RFC 7517)."""

    id: str
    purpose: Purpose
    jwk: dict[str, Any]
    created_at: datetime
    sealed: str = ""
    """The private half, sealed; empty where it is elsewhere."""
    withdrawn_at: datetime | None = None
    """From when on nothing that it signed is believed: it was stolen."""

    @property
    def algorithm(self) -> str:
        return str(self.jwk["alg"])
