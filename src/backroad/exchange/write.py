"""Writing the export. The same rows and the same moment give the same bytes."""

import hashlib
import json
import math
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import IO, Any

import msgspec
from sqlalchemy import Connection, select

from backroad import __version__
from backroad.exchange import note_file, own_files
from backroad.exchange.manifest import MANIFEST, Manifest, Member
from backroad.exchange.parts import ABOUT, PARTS, Part, owned

CHUNK = 8 << 20
"""Bytes of JSON after which a part goes on in a next member; far below what a reader takes in one."""
_NO_TIME = (1980, 1, 1, 0, 0, 0)
_READ_AT_ONCE = 200
_LEVEL = 4
"""Twice as fast as zlib's usual 6 and a twentieth larger: nothing else is written while an account is exported."""


def write(tx: Connection, learner: str, out: IO[bytes], now: datetime, own: Path | None = None) -> Manifest:
    """Write the archive of everything the learner has; `own` is the folder of their own content."""
    members: list[Member] = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in PARTS:
            for name, data, rows in _members(part, _rows(tx, part, learner)):
                _store(archive, name, data)
                members.append(Member(name, part.name, rows, len(data), hashlib.sha256(data).hexdigest()))
        for part in ABOUT:
            for name, data, rows in _members(part, _rows(tx, part, learner)):
                if rows:  # where nobody signs in, there is nothing
                    _store(archive, name, data)
                    members.append(Member(name, part.name, rows, len(data), hashlib.sha256(data).hexdigest()))
        for name, data in own_files.read_all(own):
            member = own_files.member_name(name)
            _store(archive, member, data)
            members.append(Member(member, own_files.PART, 1, len(data), hashlib.sha256(data).hexdigest()))
        about = [part.name for part in ABOUT if any(member.part == part.name for member in members)]
        names = (*(part.name for part in PARTS), *about, own_files.PART)
        counts = {name: sum(m.rows for m in members if m.part == name) for name in names}
        manifest = Manifest(
            learner=learner, exported_at=now, version=__version__, counts=counts, members=tuple(members)
        )
        _store(archive, MANIFEST, msgspec.json.format(msgspec.json.encode(manifest), indent=2) + b"\n")
    return manifest


def _rows(tx: Connection, part: Part, learner: str) -> Iterator[dict[str, Any]]:
    columns = [part.table.c[name] for name in part.row.__struct_fields__]
    found = select(*columns).where(owned(part, learner)).order_by(*(part.table.c[key] for key in part.keys))
    result = tx.execute(found.execution_options(yield_per=_READ_AT_ONCE))
    for row in result.mappings():
        yield {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value


def _members(part: Part, rows: Iterator[dict[str, Any]]) -> Iterator[tuple[str, bytes, int]]:
    """(name, content, number of rows) of each member that the part's rows make."""
    if part.as_files:
        for row in rows:
            yield note_file.member_name(row), note_file.encode(row), 1
        return
    number, lines, size = 1, list[bytes](), 0
    for row in rows:
        lines.append(encode_json(row))
        size += len(lines[-1])
        if size > CHUNK:
            yield _name(part, number), _array(lines), len(lines)
            number, lines, size = number + 1, [], 0
    if lines or number == 1:
        yield _name(part, number), _array(lines), len(lines)


def _name(part: Part, number: int) -> str:
    return f"{part.name}.json" if number == 1 else f"{part.name}-{number}.json"


def _array(lines: list[bytes]) -> bytes:
    """A row a line, so that two exports can be compared with diff."""
    return b"[\n" + b",\n".join(lines) + b"\n]\n" if lines else b"[]\n"


def encode_json(row: Mapping[str, Any]) -> bytes:
    """UTF-8. Half characters (lone surrogates), which a target may have sent, stay as the escapes they came as."""
    try:
        text = json.dumps(row, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    except ValueError:  # JSON has no NaN and no infinity
        text = json.dumps(_finite(row), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return re.sub("[\ud800-\udfff]", lambda half: f"\\u{ord(half[0]):04x}", text).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    return [_finite(item) for item in value] if isinstance(value, list) else value


def _store(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _NO_TIME)
    entry.create_system = 3  # Unix, whatever this machine is
    entry.external_attr = 0o644 << 16
    # What compresses too well looks like a bomb to a reader, so it is stored as it is.
    archive.writestr(entry, data, zipfile.ZIP_STORED if _like_a_bomb(data) else zipfile.ZIP_DEFLATED, _LEVEL)


def _like_a_bomb(data: bytes) -> bool:
    """Far below the ratio that a reader allows; for ordinary data a few per cent of it are enough to tell."""
    if len(data) <= 1 << 20:
        return False
    packer, packed = zlib.compressobj(_LEVEL), 0
    for start in range(0, len(data), 1 << 16):
        packed += len(packer.compress(data[start : start + (1 << 16)]))
        if packed * 100 > len(data):
            return False
    return True
