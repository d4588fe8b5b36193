"""Hooks of the checks on caches: what depends on who looks, and what a write changes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.exchange import Request


class View(msgspec.Struct, frozen=True, kw_only=True):
    """What a request of somebody shows: a field of the JSON answer, and its value."""

    request: Request
    field: str
    wanted: Any


class Write(msgspec.Struct, frozen=True, kw_only=True):
    """A request that changes something, and where the change shows from then on."""

    request: Request
    views: Sequence[View]


class Caches(LabDriver):
    async def personal(self, person: Person, other: Person) -> Sequence[tuple[View, View]]:
        """Pairs of views on one address: what the two of them must see there, which differs."""
        raise NotImplementedError

    async def writes(self, person: Person) -> Sequence[Write]:
        """In the order in which they are made; each of the views is asked for before the first of them, too."""
        raise NotImplementedError
