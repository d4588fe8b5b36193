"""Reading the archives that learners hand in: hostile until looked through from end to end.

Nothing of an archive is written before `look` has accepted it, and then only plain files below one folder.
"""

import hashlib
import io
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from backroad.grading.model import MOST_UPLOADED
from backroad.kit.errors import Problem
from backroad.verifier.config import FILE

MOST_UNPACKED = 100 * 1024 * 1024
MOST_FILES = 5000
MOST_RATIO = 200
"""Times that an archive may grow; text seldom shrinks below a fiftieth."""
ROOM = 1024 * 1024
"""Bytes that may come of any archive, however small it is."""
LONGEST_PATH = 300
DEEPEST = 30
MADE_AGAIN = frozenset((".git", "node_modules", ".venv", "venv", "__pycache__"))
"""Never part of a submission, nor are files of secrets: see `secret`."""


class Listing(msgspec.Struct, frozen=True):
    """`content` is the SHA-256 over path, executable bit and bytes of each file, in the order of the paths: the same
    folder gives the same, whoever packed it and when."""

    content: str
    files: int
    size: int
    toml: str
    """The text of backroad.toml."""


class _Inflated(io.RawIOBase):
    """What a gzip archive unpacks to, as a stream that ends with a Problem where it grows too large."""

    def __init__(self, data: bytes) -> None:
        self._rest = data
        self._most = min(MOST_UNPACKED, max(ROOM, len(data) * MOST_RATIO))
        self._given = 0
        self._inflate = zlib.decompressobj(wbits=31)

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        if size < 0:
            raise ValueError("read a known size")
        parts, missing = [], size
        while missing and not self._inflate.eof:
            try:
                part = self._inflate.decompress(self._rest, missing)
            except zlib.error:
                raise _not_an_archive() from None
            self._rest = self._inflate.unconsumed_tail
            if not part and not self._rest:
                break
            parts.append(part)
            missing -= len(part)
            self._given += len(part)
            if self._given > self._most:
                raise Problem(
                    f"The archive unpacks to more than {self._most >> 20} MiB.",
                    "Leave out data, builds and dependencies: name them in .backroadignore.",
                    status=413,
                )
        return b"".join(parts)

    def finish(self) -> None:
        """What stands behind the last entry counts too, and the end must be there."""
        while self.read(65536):
            pass
        if not self._inflate.eof:
            raise _not_an_archive()


def _not_an_archive() -> Problem:
    return Problem("This is not a tar archive packed with gzip.", "Let backroad submit pack the folder.", status=422)


def _refused(what: str, hint: str = "Let backroad submit pack the folder.") -> Problem:
    return Problem(f"The archive is refused: {what}.", hint, status=422)


def look(data: bytes) -> Listing:
    """Every rule about archives; a Problem names the first one that is broken."""
    digests: list[tuple[str, str]] = []
    size, toml = 0, None  # type: int, bytes | None
    for path, executable, content in members(data):
        size += len(content)
        digests.append((path, f"{'x' if executable else '-'}{hashlib.sha256(content).hexdigest()}"))
        if path == FILE:
            toml = content
    if toml is None:
        raise _refused(f"there is no {FILE} at its top", "Submit the folder that holds it.")
    try:
        text = toml.decode()
    except UnicodeDecodeError:
        raise _refused(f"{FILE} is not UTF-8") from None
    whole = hashlib.sha256("".join(f"{digest}{path}\n" for path, digest in sorted(digests)).encode()).hexdigest()
    return Listing(whole, len(digests), size, text)


def members(data: bytes) -> Iterator[tuple[str, bool, bytes]]:
    """(path, executable, content) of each file. Links, devices and paths that lead elsewhere are refused."""
    if len(data) > MOST_UPLOADED:
        raise Problem(f"The archive has more than {MOST_UPLOADED >> 20} MiB.", "Leave out data and builds.", status=413)
    seen: set[str] = set()
    folders: set[str] = set()
    entries = 0
    stream = _Inflated(data)
    try:
        with tarfile.open(fileobj=stream, mode="r|", errorlevel=2) as tar:
            for entry in tar:
                entries += 1
                if entries > MOST_FILES:
                    raise _refused(f"it has more than {MOST_FILES} files", "Leave out dependencies and builds.")
                path = _path_of(entry)
                if entry.isdir():
                    folders.add(path)
                    continue
                _accept(entry, path, seen, folders)
                file = tar.extractfile(entry)
                yield path, bool(entry.mode & 0o100), file.read() if file else b""
        stream.finish()
    except (tarfile.TarError, EOFError, ValueError, OverflowError, RecursionError):
        raise _not_an_archive() from None


def _path_of(entry: tarfile.TarInfo) -> str:
    path = entry.name.removeprefix("./").removesuffix("/")
    shown = repr(path[:80])
    parts = path.split("/")
    if entry.isdir() and path in ("", "."):
        return ""
    if not path or path.startswith("/") or any(part in ("", ".", "..") for part in parts) or "\\" in path:
        raise _refused(f"the path {shown} leads out of the folder")
    try:
        if len(path.encode()) > LONGEST_PATH or max(len(part.encode()) for part in parts) > 200 or len(parts) > DEEPEST:
            raise _refused(f"the path {shown} is too long")
    except UnicodeEncodeError:
        raise _refused(f"the path {shown} is not UTF-8") from None
    if any(unicodedata.category(letter).startswith("C") for letter in path):
        raise _refused(f"the path {shown} holds control characters")
    return path


def _accept(entry: tarfile.TarInfo, path: str, seen: set[str], folders: set[str]) -> None:
    if entry.issym() or entry.islnk():
        raise _refused(f"{path!r} is a link", "Put the file itself in its place, or leave it out.")
    if not entry.isreg() or entry.issparse():
        raise _refused(f"{path!r} is no plain file", "Leave it out.")
    above = {path[: at + 1].rstrip("/") for at, letter in enumerate(path) if letter == "/"}
    if not path or path in seen or path in folders or above & seen:
        raise _refused(f"{path[:80]!r} is there twice")
    if (MADE_AGAIN & set(path.split("/")[:-1])) or secret(path.rpartition("/")[2]):
        raise _refused(f"{path!r} does not belong into a submission", "Leave it out.")
    seen.add(path)
    folders |= above


def secret(name: str) -> bool:
    """Files in which people keep passwords: `.env`, `.env.local`, but not `.env.example`."""
    return name == ".env" or (name.startswith(".env.") and not name.endswith((".example", ".sample", ".template")))


def unpack(data: bytes, folder: Path) -> None:
    """Into an empty folder. What lies there afterwards is plain files and folders, and belongs to whoever calls."""
    for path, executable, content in members(data):
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("xb") as out:
            out.write(content)
        place.chmod(0o755 if executable else 0o644)
