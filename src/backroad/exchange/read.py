"""From the members of an export to rows that are checked, or one sentence about what is wrong and where."""

import hashlib
import json
import math
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import IO, Any, NamedTuple

import msgspec
from sqlalchemy import Integer

from backroad.exchange import note_file, own_files
from backroad.exchange.container import LARGE, ORDINARY, Container, Limits, refused, shown
from backroad.exchange.manifest import FORMAT, MANIFEST, Manifest, Member
from backroad.exchange.parts import ABOUT, PARTS, Part
from backroad.exchange.rows import Row

Upgrade = Callable[[str, Any], Any]
UPGRADES: Mapping[int, Upgrade] = {number: lambda _part, row: row for number in (1, 2, 3)}
"""From format n to n + 1: a function of (part's name, row as it was written) giving the row as the next format has it.

Format 2 added the part "placements", format 3 "wishes", "interviews" and the files of
"content", format 4 what a server knows of the account; none changed a row.
"""
_LARGEST = 2**31 - 1
"""What an INTEGER column holds in every database."""

YEARS = (1970, 3000)
"""Moments outside would take the reviews that follow from them out of the calendar."""

LONGEST_REASON = 160


class Located(NamedTuple):
    """A checked row, and where it stands in the file."""

    where: str
    row: Row


class Archive:
    """An export whose list of contents was checked; the rows are checked as they are read."""

    def __init__(self, file: IO[bytes], *, large: bool = False, limits: Limits | None = None) -> None:
        self._container = Container(file, LARGE if large else limits or ORDINARY)
        self.manifest = _read_manifest(self._container)

    def rows(self, part: Part) -> Iterator[Located]:
        found = 0
        for member in self.manifest.members:
            if member.part != part.name:
                continue
            rows = self._raw_rows(part, member)
            found += len(rows)
            if len(rows) != member.rows:
                raise refused(f"{member.name} holds {len(rows)} rows; the manifest says {member.rows}.")
            for number, raw in enumerate(rows, 1):
                where = member.name if part.as_files else f"{member.name}, row {number}"
                yield Located(where, self._row(part, raw, where))
        said = self.manifest.counts.get(part.name, 0)
        if found != said:
            raise refused(f"The file holds {found} rows of {part.name}; the manifest says {said}.")

    def content(self) -> dict[str, bytes] | None:
        """The files of own content by relative path; None where the file is older than own content."""
        if own_files.PART not in self.manifest.counts and self.manifest.format < FORMAT:
            return None
        members = [member for member in self.manifest.members if member.part == own_files.PART]
        said = self.manifest.counts.get(own_files.PART, 0)
        if len(members) != said:
            raise refused(f"The file holds {len(members)} files of own content; the manifest says {said}.")
        return own_files.accepted((member.name, self._bytes(member)) for member in members)

    def _bytes(self, member: Member) -> bytes:
        data = self._container.read(member.name)
        if len(data) != member.bytes or hashlib.sha256(data).hexdigest() != member.sha256:
            raise refused(f"{member.name} is not what was exported: its checksum differs.")
        return data

    def _raw_rows(self, part: Part, member: Member) -> list[Any]:
        data = self._bytes(member)
        if part.as_files:
            try:
                return [note_file.decode(data)]
            except ValueError as error:
                raise refused(f"{member.name} is not a note's file: {error}.") from None
        rows = _json(data, member.name)
        if not isinstance(rows, list):
            raise refused(f"{member.name} does not hold a list of rows.")
        return rows

    def _row(self, part: Part, raw: Any, where: str) -> Row:
        try:
            for version in range(self.manifest.format, FORMAT):
                raw = UPGRADES[version](part.name, raw)
            row = msgspec.convert(raw, part.row)
        except (msgspec.ValidationError, RecursionError) as error:
            raise refused(f"{where}: {_plainly(error)}.") from None
        wrong = _misfit(part, row) or _unmarked(part.rule(row))
        if wrong:
            raise refused(f"{where}: {wrong}.")
        return row


def _read_manifest(container: Container) -> Manifest:
    if MANIFEST not in container.names:
        raise refused("The file is not a Backroad export: it has no manifest.json.")
    raw = _json(container.read(MANIFEST), MANIFEST)
    found = raw.get("format") if isinstance(raw, dict) else None
    if not isinstance(found, int) or isinstance(found, bool) or found < 1:
        raise refused("manifest.json does not say which format the file has.")
    if found > FORMAT:
        raise refused(
            f"The file was written by a newer Backroad (format {min(found, 10**9)}, this one reads up to {FORMAT}).",
            "Update Backroad and import it again. Nothing was changed.",
        )
    try:
        manifest = msgspec.convert(raw, Manifest)
    except (msgspec.ValidationError, RecursionError) as error:
        raise refused(f"{MANIFEST}: {_plainly(error)}.") from None
    _compare(manifest, container)
    return manifest


def _compare(manifest: Manifest, container: Container) -> None:
    """The manifest names each member once, of a part that is known, and nothing else is in the file."""
    parts = {*(part.name for part in (*PARTS, *ABOUT)), own_files.PART}
    listed = Counter(member.name for member in manifest.members)
    for member in manifest.members:
        if member.name not in container.names or member.name == MANIFEST:
            raise refused(f"{shown(member.name)} is missing from the file.")
        if listed[member.name] > 1:
            raise refused(f"The manifest names {shown(member.name)} twice.")
        if member.part not in parts:
            raise refused(f"{member.name} belongs to {shown(member.part)}, which is no part of an export.")
    for name in sorted(container.names - {MANIFEST}):
        if name not in listed:
            raise refused(f"The file holds {shown(name)}, which the manifest does not name.")


def _json(data: bytes, name: str) -> Any:
    try:
        return json.loads(data.decode(), parse_float=_finite, parse_constant=_finite)
    except UnicodeDecodeError:
        raise refused(f"{name} is not UTF-8.") from None
    except json.JSONDecodeError as error:
        raise refused(f"{name} is not JSON: {error.msg} in line {error.lineno}.") from None
    except (ValueError, RecursionError):
        raise refused(f"{name} holds a number or a nesting that cannot be read.") from None


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError
    return value


def _misfit(part: Part, row: Row) -> str:
    """What about the row no database could keep, though its types are right."""
    for name in part.row.__struct_fields__:
        value, kind = getattr(row, name), part.table.c[name].type
        if isinstance(value, str):
            most = getattr(kind, "length", None)
            if most is not None and len(value) > most:
                return f"{name}: {len(value)} characters, where at most {most} fit"
            try:
                value.encode()
            except UnicodeEncodeError:
                return f"{name}: half of a character"
        elif isinstance(value, datetime) and not YEARS[0] <= value.year < YEARS[1]:
            return f"{name}: outside the years {YEARS[0]} to {YEARS[1] - 1}"
        elif isinstance(kind, Integer) and value is not None and not -_LARGEST <= value <= _LARGEST:
            return f"{name}: a number that is too large"
    return ""


def _plainly(error: Exception) -> str:
    """msgspec's words without its marks: "Expected `int`, got `str` - at `$.n`" becomes "n: expected int, got str"."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    return _unmarked(str(error))


def _unmarked(text: str) -> str:
    what, _, path = text.replace("`", "").partition(" - at $")
    what = what[:1].lower() + what[1:]
    sentence = f"{path.lstrip('.')}: {what}" if path else what
    # It may quote the file, which may hold anything, and is printed to a terminal.
    return "".join(letter if letter.isprintable() else "?" for letter in sentence[:LONGEST_REASON])
