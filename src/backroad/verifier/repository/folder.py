"""A folder as rules see it: a bounded list of regular files, read on demand. Nothing outside of it is ever opened."""

import os
import re
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import TypeVar

from backroad.verifier.errors import VerifierError
from backroad.verifier.repository.git import Git

MOST_FILES = 5000
MOST_FOLDERS = 5000
DEEPEST = 40
LARGEST = 1 << 20  # bytes of one file
MOST_BYTES = 64 << 20  # bytes of all files that are searched
MOST_ALIKE = 200  # files of one kind
LONGEST_LINE = 500  # characters of a line that patterns are tried on
MOST_TEXT = 32 << 20  # bytes of all files that are kept
MOST_PARSED = 4 << 20  # characters of all files that are parsed
SKIPPED = frozenset(
    {
        ".git", ".hg", ".svn", "node_modules", "bower_components", ".venv", "venv", "__pycache__", ".tox", ".nox",
        ".mypy_cache", ".ruff_cache", ".pytest_cache", ".hypothesis", ".gradle", ".idea", ".vs", ".terraform", ".next",
        ".nuxt", "site-packages", "vendor", "target", "dist",
    }
)  # fmt: skip
ASIDE = frozenset(
    {"test", "tests", "testdata", "__tests__", "spec", "fixtures", "example", "examples", "sample", "samples", "docs"}
)
Parsed = TypeVar("Parsed")


class Trouble(Exception):
    """A file that a rule needs cannot be judged: there is a mistake in it, or it is beyond the bounds."""

    def __init__(self, path: str, line: int, why: str, *, mistake: bool = True, column: int = 0) -> None:
        super().__init__(f"{path}:{line}: {why}")
        self.path = path
        self.line = line
        self.column = column  # from 1; 0 where it is not known
        self.why = why
        self.mistake = mistake


class Folder:
    """`trouble` and `searched` say what the rule that runs now has met; the judge clears them between rules."""

    def __init__(self, root: Path) -> None:
        if not root.is_dir():
            raise VerifierError(f"{root} is not a folder.")
        self.root = root.resolve()
        self.truncated = False
        self.files: tuple[str, ...] = self._walk()
        self.trouble: dict[str, Trouble] = {}
        self.searched = False
        self._known = frozenset(self.files)
        self._texts: dict[str, str | Trouble] = {}
        self._parsed: dict[tuple[str, object], object] = {}
        self._left = MOST_PARSED
        self._room = MOST_TEXT
        self._git: Git | None = None

    @property
    def git(self) -> Git:
        if self._git is None:
            own = {name: self.text(name) for name in self.named(r"\.gitignore") if self.readable(name)}
            self._git = Git.of(self.root, own)
        return self._git

    def has(self, path: str) -> bool:
        return path in self._known

    def named(self, pattern: str, *, aside: bool = True) -> list[str]:
        """The first 200 whose name matches, in any case; without `aside`, none of tests, examples, documentation."""
        match = re.compile(pattern, re.IGNORECASE).fullmatch
        found = (path for path in self.files if match(path.rpartition("/")[2]))
        return list(islice((path for path in found if aside or not is_aside(path)), MOST_ALIKE))

    def readable(self, path: str) -> bool:
        try:
            self.text(path)
        except Trouble:
            return False
        return True

    def text(self, path: str) -> str:
        """Raises Trouble for what is too large, binary, gone or forbidden."""
        if path not in self._texts:
            try:
                data = self._bytes(path)
                self._room -= len(data)
                if self._room < 0:
                    raise Trouble(path, 1, "is beyond the 32 MiB that are read", mistake=False)
                self._texts[path] = decode(path, data)
            except Trouble as trouble:
                self._texts[path] = trouble
        found = self._texts[path]
        if isinstance(found, Trouble):
            raise found
        return found

    def parsed(self, path: str, parse: Callable[[str, str], Parsed]) -> Parsed | None:
        """`parse(text, path)`, once. None, and an entry in `trouble`, where that cannot be done."""
        key = (path, parse)
        if key not in self._parsed:
            try:
                text = self.text(path)
                self._left -= len(text)
                if self._left < 0:
                    raise Trouble(path, 1, "is beyond the 4 MiB of configuration that are read", mistake=False)
                self._parsed[key] = parse(text, path)
            except Trouble as trouble:
                self._parsed[key] = trouble
        found = self._parsed[key]
        if isinstance(found, Trouble):
            self.trouble[path] = found
            return None
        return found  # type: ignore[return-value]

    def search(self, paths: Iterable[str] | None = None) -> Iterable[tuple[str, str]]:
        """Path and text of every text file; of large ones the first MiB, and in all at most 64 MiB."""
        self.searched = True
        left = MOST_BYTES
        for path in self.files if paths is None else paths:
            try:
                data = self._bytes(path)[:LARGEST]
                text = decode(path, data)
            except Trouble:
                continue
            left -= len(data)
            if left < 0:
                self.truncated = True
                return
            yield path, text

    def _bytes(self, path: str) -> bytes:
        """At most one byte more than LARGEST. A FIFO or device that took the place of the file does not block."""
        if path not in self._known:
            raise Trouble(path, 1, "there is no such file", mistake=False)
        try:
            number = os.open(self.root / path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
            with os.fdopen(number, "rb") as file:
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise Trouble(path, 1, "is not a regular file", mistake=False)
                return file.read(LARGEST + 1)
        except (OSError, ValueError) as error:
            said = getattr(error, "strerror", None) or "cannot be opened"
            raise Trouble(path, 1, f"cannot be opened: {said}", mistake=False) from None

    def _walk(self) -> tuple[str, ...]:
        """Breadth first, so that what is near the top is in the list even if the folder is huge."""
        found: list[str] = []
        waiting: deque[tuple[str, int]] = deque([("", 0)])
        folders = 0
        while waiting:
            below, depth = waiting.popleft()
            folders += 1
            if len(found) >= MOST_FILES or folders > MOST_FOLDERS or depth > DEEPEST:
                self.truncated = True
                break
            for entry in self._entries(below, MOST_FILES + 1 - len(found)):
                path = f"{below}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    if entry.name not in SKIPPED and len(waiting) <= MOST_FOLDERS:
                        waiting.append((f"{path}/", depth + 1))
                elif self._is_ours(entry):
                    found.append(path)
        if len(found) > MOST_FILES:
            self.truncated = True
        return tuple(found[:MOST_FILES])

    def _entries(self, below: str, most: int) -> list["os.DirEntry[str]"]:
        try:
            with os.scandir(self.root / below) as entries:
                listed = list(islice(entries, most + MOST_FOLDERS))
        except OSError:
            return []
        if len(listed) >= most + MOST_FOLDERS:
            self.truncated = True
        return sorted(listed, key=lambda entry: entry.name)

    def _is_ours(self, entry: "os.DirEntry[str]") -> bool:
        """A regular file, or a link to one that stays inside the folder."""
        try:
            if not entry.is_symlink():
                return entry.is_file()
            return entry.is_file() and Path(entry.path).resolve().is_relative_to(self.root)
        except (OSError, RuntimeError):  # a link that leads to itself
            return False


def decode(path: str, data: bytes) -> str:
    if b"\0" in data[:8192]:
        raise Trouble(path, 1, "is binary", mistake=False)
    if len(data) > LARGEST:
        raise Trouble(path, 1, "is larger than 1 MiB", mistake=False)
    return data.decode("utf-8-sig", errors="replace")


def is_aside(path: str) -> bool:
    """In a folder of tests, examples or documentation, where a file stands for something else."""
    return any(part.lower() in ASIDE for part in PurePosixPath(path).parts[:-1])


def parent(path: str) -> str:
    """The folder of a path with its final /, empty at the top."""
    head, slash, _ = path.rpartition("/")
    return head + slash


def lines_of(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines, each cut so that no pattern takes long on it."""
    for number, line in enumerate(text.split("\n"), 1):
        yield number, line[:LONGEST_LINE]


def line_at(text: str, position: int) -> int:
    return text.count("\n", 0, position) + 1
