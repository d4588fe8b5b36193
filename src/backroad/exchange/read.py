"""Reading an export that may be broken or hostile: nothing is believed before it was checked.

Names in the archive are compared and shown, never used as paths; sizes in its headers are never trusted.
"""

import hashlib
import json
import math
import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import IO, Any, NamedTuple

import msgspec

from backroad.exchange import note_file
from backroad.exchange.checks import misfit
from backroad.exchange.model import FORMAT, LARGE, MANIFEST, ORDINARY, PARTS, Limits, Manifest, Member, Part, Row
from backroad.kit.errors import Problem

Upgrade = Callable[[str, dict[str, Any]], dict[str, Any]]
UPGRADES: Mapping[int, Upgrade] = {}
"""From format n to n + 1: a function of (part's name, row as it was written) giving the row as the next format has it.

Format 1 is the first, so there is none yet. Whoever raises FORMAT to 2 adds `1: from_1_to_2` here.
"""
_NAME = re.compile(r"manifest\.json|[a-z]+(-[a-z]+)*(-[0-9]+)?\.json|notes/[a-z]+/[A-Za-z0-9.-]+\.md", re.ASCII)
_AGAIN = "Nothing was changed. Export again, and import the file as it was written."
_BROKEN = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, OverflowError, RuntimeError, NotImplementedError,
)  # fmt: skip
"""What zipfile raises for bytes that are not what they claim to be."""
_AT_ONCE = 1 << 18


class Located(NamedTuple):
    """A checked row, and where it stands in the file."""

    where: str
    row: Row


def refused(sentence: str, hint: str = _AGAIN) -> Problem:
    return Problem(sentence, hint, status=422)


class Archive:
    """An export whose list of contents was checked; the rows are checked as they are read."""

    def __init__(self, file: IO[bytes], *, large: bool = False, upgrades: Mapping[int, Upgrade] = UPGRADES) -> None:
        self._limits = LARGE if large else ORDINARY
        self._upgrades = upgrades
        self._unpacked = 0
        self._zip, self._entries = _open(file, self._limits)
        self.manifest = self._read_manifest()

    def rows(self, part: Part) -> Iterator[Located]:
        found = 0
        for member in self.manifest.members:
            if member.part != part.name:
                continue
            rows = self._raw_rows(part, member)
            if len(rows) != member.rows:
                raise refused(f"{member.name} holds {len(rows)} rows where the manifest says {member.rows}.")
            found += len(rows)
            for number, raw in enumerate(rows, 1):
                where = member.name if part.as_files else f"{member.name}, row {number}"
                yield Located(where, self._row(part, raw, where))
        if found != self.manifest.counts.get(part.name, 0):
            raise refused(f"The manifest counts {self.manifest.counts.get(part.name, 0)} {part.name}; there are {found}.")

    def _raw_rows(self, part: Part, member: Member) -> list[Any]:
        data = self._read(member.name)
        if len(data) != member.bytes or hashlib.sha256(data).hexdigest() != member.sha256:
            raise refused(f"{member.name} is not what was exported: its checksum differs.")
        if part.as_files:
            try:
                return [note_file.decode(data)]
            except ValueError as error:
                raise refused(f"{member.name} cannot be read: {error}.") from None
        rows = _json(data, member.name)
        if not isinstance(rows, list):
            raise refused(f"{member.name} must hold a list of rows.")
        return rows

    def _row(self, part: Part, raw: Any, where: str) -> Row:
        for version in range(self.manifest.format, FORMAT):
            raw = self._upgrades[version](part.name, raw)
        try:
            row = msgspec.convert(raw, part.row)
        except (msgspec.ValidationError, RecursionError) as error:
            raise refused(f"{where}: {_plainly(error)}.") from None
        wrong = misfit(part, row)
        if wrong:
            raise refused(f"{where}: {wrong}.")
        return row

    def _read_manifest(self) -> Manifest:
        if MANIFEST not in self._entries:
            raise refused("The file is not a Backroad export: it has no manifest.json.")
        raw = _json(self._read(MANIFEST), MANIFEST)
        found = raw.get("format") if isinstance(raw, dict) else None
        if not isinstance(found, int) or isinstance(found, bool) or found < 1:
            raise refused("manifest.json does not say which format the file has.")
        if found > FORMAT:
            raise refused(
                f"The file was written by a newer Backroad (format {found}, this one reads up to {FORMAT}).",
                "Update Backroad and import it again. Nothing was changed.",
            )
        try:
            manifest = msgspec.convert(raw, Manifest)
        except msgspec.ValidationError as error:
            raise refused(f"{MANIFEST}: {_plainly(error)}.") from None
        self._compare(manifest)
        return manifest

    def _compare(self, manifest: Manifest) -> None:
        """The manifest names each member once, of a part that is known, and nothing else is in the file."""
        listed = [member.name for member in manifest.members]
        parts = {part.name for part in PARTS}
        for name in listed:
            if name not in self._entries or name == MANIFEST:
                raise refused(f"{_shown(name)} is missing from the file.")
        for name in self._entries:
            if name != MANIFEST and listed.count(name) != 1:
                raise refused(f"The file holds {_shown(name)}, which the manifest does not name once.")
        for member in manifest.members:
            if member.part not in parts:
                raise refused(f"{member.name} belongs to {_shown(member.part)}, which is no part of an export.")

    def _read(self, name: str) -> bytes:
        """The member's bytes, counted as they come out of the decompressor."""
        entry = self._entries[name]
        data = bytearray()
        try:
            with self._zip.open(entry) as stream:
                while chunk := stream.read(_AT_ONCE):
                    data += chunk
                    self._unpacked += len(chunk)
                    self._limits.check(name, len(data), entry.compress_size, self._unpacked)
        except Problem:
            raise
        except _BROKEN:
            raise refused(f"{name} is damaged: the file may have been cut off or changed on its way.") from None
        return bytes(data)


def _open(file: IO[bytes], limits: Limits) -> tuple[zipfile.ZipFile, dict[str, zipfile.ZipInfo]]:
    try:
        _check_directory(file, limits)
        archive = zipfile.ZipFile(file)
    except _BROKEN:
        raise refused("The file is not a zip archive, or only a part of one.") from None
    entries: dict[str, zipfile.ZipInfo] = {}
    for entry in archive.infolist():
        name = entry.orig_filename
        wrong = _wrong_with(entry) or ("is there twice" if name in entries else "")
        if wrong:
            raise refused(f"The file's member {_shown(name)} {wrong}.")
        entries[name] = entry
    return archive, entries


def _check_directory(file: IO[bytes], limits: Limits) -> None:
    """Refuse a list of contents that is too long before zipfile loads it. Exports end in exactly these 22 bytes."""
    size = file.seek(0, 2)
    file.seek(max(0, size - 22))
    tail = file.read(22)
    if len(tail) < 22 or not tail.startswith(b"PK\x05\x06"):
        raise zipfile.BadZipFile
    members, length = struct.unpack("<HI", tail[10:16])
    if members > limits.members or members == 0xFFFF or length > limits.members * 400:
        raise refused(f"The file has more than {limits.members:,} members.", limits.hint)


def _wrong_with(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is not a plain file"
    if not _NAME.fullmatch(entry.orig_filename):
        return "is not part of an export"
    if entry.flag_bits & 0x41:
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that exports are not"
    return ""


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


def _plainly(error: Exception) -> str:
    """msgspec's words without its marks: `Expected `int`, got `str` - at `$.number`` is `number: expected int, got str`."""
    if isinstance(error, RecursionError):
        return "it is nested too deeply"
    what, _, path = str(error).replace("`", "").partition(" - at $")
    what = what[0].lower() + what[1:]
    return f"{path.lstrip('.')}: {what}" if path else what


def _shown(name: str) -> str:
    return repr(name[:80])
