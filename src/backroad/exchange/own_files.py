"""The learner's own content inside an export: its files, byte for byte, private ones too."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path

from backroad.curriculum import own
from backroad.exchange.container import refused, shown
from backroad.kit import files

PART = "content"
"""Word for it in the manifest, and folder in the archive."""
MOST_FILES = 20_000
MOST_BYTES = 64 << 20


def member_name(name: str) -> str:
    return f"{PART}/{name}"


def read_all(folder: Path | None) -> Iterator[tuple[str, bytes]]:
    """(relative path, bytes) of each file; what is larger than Backroad reads is left out."""
    for name, path in own.files(folder) if folder and folder.is_dir() else ():
        with path.open("rb") as file:
            data = file.read(own.most_bytes(name) + 1)
        if len(data) <= own.most_bytes(name):
            yield name, data


def accepted(members: Iterator[tuple[str, bytes]]) -> dict[str, bytes]:
    """The members of an archive by relative path; a Problem if one is not a file of own content."""
    found: dict[str, bytes] = {}
    total = 0
    for member, data in members:
        name = member.removeprefix(f"{PART}/")
        if name == member or not own.is_place(name):
            raise refused(f"{shown(member)} is not a file of own content.")
        if len(data) > own.most_bytes(name):
            raise refused(f"{shown(member)} has more than {own.most_bytes(name) >> 10} KiB.")
        total += len(data)
        found[name] = data
        if len(found) > MOST_FILES or total > MOST_BYTES:
            raise refused(f"The file's own content is more than {MOST_FILES:,} files or {MOST_BYTES >> 20} MiB.")
    return found


def put_all(folder: Path, wanted: Mapping[str, bytes], *, replace: bool) -> int:
    """Write what is not there yet, or with `replace` exactly this; how many files are new or changed.

    If one cannot be written, the others are put back.
    """
    there = {name: path.read_bytes() for name, path in own.files(folder)} if folder.is_dir() else {}
    new = [name for name in wanted if name not in there or (replace and there[name] != wanted[name])]
    gone = [name for name in there if replace and name not in wanted]
    try:
        for name in new:
            files.put(folder / name, wanted[name])
        for name in gone:
            _remove(folder, name)
    except BaseException:
        for name in (*new, *gone):
            if name in there:
                files.put(folder / name, there[name])
            else:
                _remove(folder, name)
        raise
    return len(new)


def _remove(folder: Path, name: str) -> None:
    """The file, and the folders that are empty without it."""
    path = folder / name
    with suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()
    with suppress(OSError):
        while path.parent != folder:
            path = path.parent
            path.rmdir()
