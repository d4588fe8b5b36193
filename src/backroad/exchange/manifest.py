"""What stands at the head of an export, and what the file is called."""

from datetime import datetime

import msgspec

from backroad.exchange.rows import Count, Moment
from backroad.kit.clock import local_day

FORMAT = 4
"""A new part, or a field without a default, needs a new one, and an upgrade of old files (see `read.UPGRADES`)."""
MANIFEST = "manifest.json"


class Member(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file in the archive."""

    name: str
    part: str
    rows: Count
    bytes: Count
    sha256: str


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: int = FORMAT
    learner: str
    """Whose rows these were. Imported, they become the importing learner's."""
    exported_at: Moment
    version: str
    """Of the Backroad that wrote the file."""
    counts: dict[str, Count]
    """Part -> rows."""
    members: tuple[Member, ...]


def file_name(now: datetime) -> str:
    """What an export is called if nobody says: after the learner's day."""
    return f"backroad-{local_day(now)}.zip"
