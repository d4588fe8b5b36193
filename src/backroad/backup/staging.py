"""Files on their way back: first into a folder aside, then in place of what was there, once the database has changed.

The database carries the restore's number from the same transaction on. So whoever comes after a crash knows whether to
finish what was begun, or to throw it away.
"""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backroad.backup.frames import FileHead, damaged
from backroad.backup.make import is_database
from backroad.kit.errors import Problem

_PREFIX = ".restore-"
_LOCK = ".restoring"


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """One restore at a time into one data folder, and no server that starts meanwhile."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / _LOCK).open("wb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Problem(
                f"A restore into {home} is going on.", "Wait until it has ended and try again.", status=503
            ) from None
        yield


class Staging:
    def __init__(self, home: Path, number: int) -> None:
        self.home = home
        self.folder = home / f"{_PREFIX}{number}"
        self._new, self._old, self._moved = self.folder / "new", self.folder / "old", self.folder / "moved"

    def make(self) -> None:
        self._new.mkdir(parents=True)
        self._old.mkdir()

    def begin(self, head: FileHead) -> int:
        """An open file descriptor to write the chunks into."""
        parts = head.path.split(b"/")
        if not all(parts) or any(part in (b".", b"..") or b"\0" in part for part in parts) or is_hidden(parts[0]):
            raise damaged("it names a file that cannot be")
        path = self._new / os.fsdecode(head.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, head.mode & 0o777 | 0o600)

    def put_in_place(self) -> None:
        """May be broken off anywhere, and called again."""
        if not self._moved.exists():
            for path in present(self.home):
                path.rename(self._old / path.name)
            self._moved.touch()
            _sync(self.folder)
        for path in self._new.iterdir():
            path.rename(self.home / path.name)
        _sync(self.home)
        self.remove()

    def remove(self) -> None:
        shutil.rmtree(self.folder)


def begun(home: Path) -> dict[int, Staging]:
    """Restores that did not come to their end, by number."""
    numbers = (path.name.removeprefix(_PREFIX) for path in home.glob(f"{_PREFIX}*"))
    return {int(number): Staging(home, int(number)) for number in numbers if number.isdecimal()}


def present(home: Path) -> list[Path]:
    """What a restore takes the place of: all but the database, and what is being written."""
    return sorted(path for path in home.iterdir() if not is_hidden(os.fsencode(path.name)))


def is_hidden(name: bytes) -> bool:
    return name.startswith(b".") or name == b"lost+found" or is_database(os.fsdecode(name))


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
