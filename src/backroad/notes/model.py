"""A note and where it hangs."""

from datetime import datetime
from typing import Literal, get_args

import msgspec

PlaceKind = Literal["skill", "lab", "drill", "day"]
PLACE_KINDS: tuple[PlaceKind, ...] = get_args(PlaceKind)
LONGEST = 100_000
"""Characters in a note."""


class Note(msgspec.Struct, frozen=True):
    id: str
    learner: str
    kind: PlaceKind
    ref: str
    """Id of the skill, lab or drill, or the day as an ISO date."""
    text: str
    created_at: datetime
    changed_at: datetime


class Hit(msgspec.Struct, frozen=True):
    note: Note
    excerpt: tuple[tuple[bool, str], ...]
    """Pieces of text around what was found; the flag says whether a piece matched."""
