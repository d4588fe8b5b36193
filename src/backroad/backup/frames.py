"""The file: a line that says what it is, then frames, each with its own checksum, and at the end one of everything.

A frame is a kind (1 byte), the length of its payload (4), the payload's CRC-32 (4), and the payload: MessagePack,
compressed with zlib. The last frame holds the SHA-256 of all bytes before it. Nothing is believed before it was
checked, and no more than one frame is in memory.
"""

import hashlib
import re
import struct
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any

import msgspec

from backroad.kit.errors import Problem

FORMAT = 1
_LINE = re.compile(rb"backroad backup (\d{1,9})\n")
_LONGEST_LINE = 26
_HEAD = struct.Struct(">cII")
LARGEST = 256 << 20
"""Bytes of one payload, packed or not: of a row, since rows are never split."""
ABOUT_ROWS = 1 << 20
"""Bytes of rows that are gathered into one frame."""

MANIFEST, TABLE, ROWS, FILE, CHUNK, SUMMARY, SEAL = b"M", b"T", b"R", b"F", b"C", b"S", b"Z"


class Manifest(msgspec.Struct, frozen=True):
    backroad: str
    """The version that wrote it."""
    schema: str
    made_at: str
    database: str


class TableHead(msgspec.Struct, frozen=True):
    """Rows follow, each a list in the order of the columns."""

    name: str
    columns: tuple[tuple[str, str], ...]
    """(name, kind), the kinds of `backup.kinds`."""


class FileHead(msgspec.Struct, frozen=True):
    """Chunks follow, until there are `size` bytes."""

    path: bytes
    mode: int
    size: int


class Summary(msgspec.Struct, frozen=True):
    tables: dict[str, int]
    files: int


FORMS: dict[bytes, Any] = {
    MANIFEST: Manifest, TABLE: TableHead, ROWS: list[list[Any]], FILE: FileHead, CHUNK: bytes, SUMMARY: Summary,
    SEAL: bytes,
}  # fmt: skip


class Writer:
    def __init__(self, out: IO[bytes]) -> None:
        self._out = out
        self._digest = hashlib.sha256()
        self._write(b"backroad backup %d\n" % FORMAT)

    def put(self, kind: bytes, value: Any) -> None:
        plain = msgspec.msgpack.encode(value)
        if len(plain) > LARGEST:
            raise Problem("A row of the database is too large for a backup.", status=500)
        payload = zlib.compress(plain, 6)
        self._write(_HEAD.pack(kind, len(payload), zlib.crc32(payload)) + payload)

    def put_rows(self, rows: Iterator[list[Any]]) -> int:
        """How many there were."""
        count, gathered, size = 0, list[msgspec.Raw](), 0
        for row in rows:
            packed = msgspec.Raw(msgspec.msgpack.encode(row))
            gathered.append(packed)
            count, size = count + 1, size + len(packed)
            if size >= ABOUT_ROWS:
                self.put(ROWS, gathered)
                gathered, size = [], 0
        if gathered:
            self.put(ROWS, gathered)
        return count

    def seal(self) -> None:
        self.put(SEAL, self._digest.digest())

    def _write(self, data: bytes) -> None:
        self._digest.update(data)
        self._out.write(data)


class Reader:
    """`seen` is called with how many bytes were read, again and again."""

    def __init__(self, file: IO[bytes], seen: Callable[[int], None] = lambda count: None) -> None:
        self._file = file
        self._seen = seen

    def check(self) -> tuple[Manifest, Summary]:
        """Read all of it, and believe it only if every byte is as it was written."""
        manifest = summary = None
        sealed = False
        for kind, value in self.frames():
            if sealed:
                raise damaged("something follows its end")
            if kind == MANIFEST:
                manifest = value
            elif kind == SUMMARY:
                summary = value
            sealed = kind == SEAL
        if manifest is None or summary is None or not sealed:
            raise damaged("its end is missing")
        return manifest, summary

    def frames(self) -> Iterator[tuple[bytes, Any]]:
        """From the first; the seal is compared when it comes."""
        self._file.seek(0)
        line = self._file.readline(_LONGEST_LINE)
        known = _LINE.fullmatch(line)
        if known is None:
            raise Problem("The file is not a backup of a Backroad server.", "Name a file that backroad backup wrote.")
        if int(known[1]) > FORMAT:
            raise Problem(
                f"The backup was written by a newer Backroad (format {int(known[1])}; this version knows {FORMAT}).",
                "Update Backroad and restore again. Nothing was changed.",
            )
        digest = hashlib.sha256(line)
        self._seen(len(line))
        while head := self._file.read(_HEAD.size):
            kind, length, checksum = _HEAD.unpack(head) if len(head) == _HEAD.size else (b"", 0, 0)
            if kind not in FORMS or length > LARGEST:
                raise damaged("it is cut off or was changed")
            payload = self._file.read(length)
            if len(payload) != length or zlib.crc32(payload) != checksum:
                raise damaged("it is cut off or was changed")
            value = _unpacked(kind, payload)
            if kind == SEAL and value != digest.digest():
                raise damaged("its checksum differs")
            digest.update(head)
            digest.update(payload)
            self._seen(len(head) + len(payload))
            yield kind, value


def _unpacked(kind: bytes, payload: bytes) -> Any:
    unpack = zlib.decompressobj()
    try:
        plain = unpack.decompress(payload, LARGEST)
        if not unpack.eof:
            raise damaged("a part unpacks to more than it may")
        return msgspec.msgpack.decode(plain, type=FORMS[kind])
    except (zlib.error, msgspec.MsgspecError, ValueError):
        raise damaged("a part cannot be read") from None


def damaged(why: str) -> Problem:
    return Problem(f"The backup is damaged: {why}.", "Nothing was changed. Use another copy of it.", status=422)
