"""The zip around an export, which may be broken or hostile: nothing is believed before it was checked.

Names in the archive are compared and shown, never used as paths; sizes in its headers are never trusted.
"""

import re
import stat
import struct
import zipfile
import zlib
from typing import IO

import msgspec

from backroad.kit.errors import Problem

AGAIN = "Nothing was changed. Export again, and import the file as it was written."
_NAME = re.compile(
    r"[a-z][a-z-]{0,20}(-[0-9]{1,6})?\.json|notes/[a-z]{1,10}/[A-Za-z0-9.-]{1,140}\.md"
    r"|content/([a-z0-9-]{1,60}/){0,3}[a-z0-9-]{1,60}\.(toml|md)"
)
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
    RuntimeError,
)
"""What zipfile raises for bytes that are not what they claim to be."""
_AT_ONCE = 1 << 18
_END = b"PK\x05\x06"
_END_BYTES = 22
_ZIP64 = b"PK\x06\x07"
_ZIP64_BYTES = 20


class Limits(msgspec.Struct, frozen=True):
    """How much of a file is unpacked before it is taken for a bomb."""

    members: int = 10_000
    member_bytes: int = 64 << 20
    bytes: int = 200 << 20
    ratio: int = 200
    """Unpacked bytes per packed byte, of a member of more than `free` bytes."""
    free: int = 1 << 20
    hint: str = "If it is your own export, import it with --large. Nothing was changed."


ORDINARY = Limits()
UPLOADED = Limits(bytes=100 << 20, hint="Nothing was changed.")
"""For files that anybody sends to a server."""
LARGE = Limits(members=60_000, bytes=8 << 30, hint="Nothing was changed.")
"""For files that somebody vouches for. One member still has to fit into memory."""


def refused(sentence: str, hint: str = AGAIN) -> Problem:
    return Problem(sentence, hint, status=422)


def shown(name: str) -> str:
    return repr(name[:80])


class Container:
    """The members of a zip archive by name, each read whole and within the limits."""

    def __init__(self, file: IO[bytes], limits: Limits = ORDINARY) -> None:
        self._limits = limits
        self._unpacked = 0
        try:
            self._size = _check_end(file, limits)
            self._zip = zipfile.ZipFile(file)
        except _BROKEN:
            raise refused("The file is not a zip archive, or only a part of one.") from None
        self._entries: dict[str, zipfile.ZipInfo] = {}
        for entry in self._zip.infolist():
            name = entry.orig_filename
            wrong = _wrong_with(entry) or ("is there twice" if name in self._entries else "")
            if wrong:
                raise refused(f"The file's member {shown(name)} {wrong}.")
            self._entries[name] = entry
        self.names = frozenset(self._entries)

    def read(self, name: str) -> bytes:
        """The member's bytes, counted as they come out of the decompressor."""
        entry = self._entries[name]
        packed = min(entry.compress_size, self._size)
        data = bytearray()
        try:
            with self._zip.open(entry) as stream:
                while chunk := stream.read(_AT_ONCE):
                    data += chunk
                    self._unpacked += len(chunk)
                    self._check(name, len(data), packed)
        except _BROKEN:
            raise refused(f"{name} is damaged: the file was cut off or changed on its way.") from None
        return bytes(data)

    def _check(self, name: str, unpacked: int, packed: int) -> None:
        limits = self._limits
        if unpacked > limits.free and unpacked > limits.ratio * packed:
            raise refused(f"{name} unpacks to more than {limits.ratio} times its size, as a zip bomb does.")
        if unpacked > limits.member_bytes:
            raise refused(f"{name} unpacks to more than {limits.member_bytes >> 20} MiB.")
        if self._unpacked > limits.bytes:
            raise refused(f"The file unpacks to more than {limits.bytes >> 20:,} MiB.", limits.hint)


def _check_end(file: IO[bytes], limits: Limits) -> int:
    """Refuse a list of contents that is too long before zipfile loads it; return the file's size.

    An export ends in the 22 bytes of the end record: no comment, and no ZIP64 record, which 65,535 members would need.
    """
    size = file.seek(0, 2)
    file.seek(max(0, size - _ZIP64_BYTES - _END_BYTES))
    last = file.read(_ZIP64_BYTES + _END_BYTES)
    tail = last[-_END_BYTES:]
    if len(tail) < _END_BYTES or not tail.startswith(_END) or last.startswith(_ZIP64):
        raise zipfile.BadZipFile
    members, directory_bytes = struct.unpack("<HI", tail[10:16])
    if members > limits.members or directory_bytes > limits.members * 400:
        raise refused(f"The file has more than {limits.members:,} members.", limits.hint)
    return size


def _wrong_with(entry: zipfile.ZipInfo) -> str:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return "is not a plain file"
    if not _NAME.fullmatch(entry.orig_filename):
        return "is not part of an export"
    if entry.flag_bits & 0x41:  # encrypted, strongly encrypted
        return "is encrypted"
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is compressed in a way that exports are not"
    return ""
