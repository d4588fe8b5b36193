"""What git would keep of a folder: ignore patterns and the index, read without running git."""

import fnmatch
import functools
import re
import struct
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

LARGEST_INDEX = 16 << 20
LARGEST_PATTERNS = 1 << 20
MOST_PATTERNS = 2000  # of all ignore files of a folder
HIGHEST = 20  # folders above the learner's in which .git is looked for


class Pattern(msgspec.Struct, frozen=True):
    segments: tuple[str, ...]
    wanted: bool  # False: written with !, takes the path out again
    folders_only: bool


class Git:
    """`root` is the folder with .git, None where there is none. `tracked` is None where the index cannot be read."""

    def __init__(
        self, below: str, patterns: Mapping[str, tuple[Pattern, ...]], tracked: frozenset[str] | None, *, found: bool
    ) -> None:
        self.found = found
        self.tracked = tracked
        self._below = below  # of the learner's folder, from the root, with its final /
        self._patterns: dict[str, tuple[Pattern, ...]] = {}  # folder from the root, with its final / -> patterns
        left = MOST_PATTERNS
        for place in sorted(patterns, key=lambda place: (place.count("/"), place)):
            self._patterns[place] = patterns[place][:left]
            left -= len(self._patterns[place])
        self._folders: dict[str, bool] = {"": False}

    @classmethod
    def of(cls, folder: Path, own: Mapping[str, str]) -> "Git":
        """`own` holds the .gitignore files of the folder by their path in it."""
        root = find_root(folder)
        top = root or folder
        below = folder.relative_to(top).as_posix()
        below = "" if below == "." else f"{below}/"
        patterns = {f"{below}{path.removesuffix('.gitignore')}": read_patterns(text) for path, text in own.items()}
        if root is not None:
            place = ""
            for part in below.split("/")[:-1]:
                patterns[place] = read_patterns(read(root / place / ".gitignore"))
                place = f"{place}{part}/"
            excluded = read_patterns(read(root / ".git" / "info" / "exclude"))
            patterns[""] = excluded + patterns.get("", ())
        return cls(below, patterns, read_index(root, below) if root else None, found=root is not None)

    def ignores(self, path: str) -> bool:
        """By patterns alone. A folder that is ignored takes everything in it along."""
        whole = self._below + path
        return self._ignores_folder(whole.rpartition("/")[0]) or self._verdict(whole, folder=False)

    def _ignores_folder(self, path: str) -> bool:
        if path not in self._folders:
            above = self._ignores_folder(path.rpartition("/")[0])
            self._folders[path] = above or self._verdict(path, folder=True)
        return self._folders[path]

    def keeps(self, path: str) -> bool:
        """Tracked already, or to be added by the next `git add .`"""
        return path in (self.tracked or ()) or not self.ignores(path)

    def _verdict(self, path: str, *, folder: bool) -> bool:
        verdict = False
        parts = path.split("/")
        for depth in range(len(parts)):
            place = "".join(f"{part}/" for part in parts[:depth])
            for pattern in self._patterns.get(place, ()):
                if pattern.wanted != verdict and (folder or not pattern.folders_only):
                    verdict = pattern.wanted if matches(pattern.segments, tuple(parts[depth:])) else verdict
        return verdict


def find_root(folder: Path) -> Path | None:
    for place in [folder, *folder.parents][:HIGHEST]:
        if (place / ".git").is_dir() and not (place / ".git").is_symlink():
            return place
    return None


def read(path: Path) -> str:
    try:
        if path.is_symlink() or not path.is_file():
            return ""
        with path.open("rb") as file:
            return file.read(LARGEST_PATTERNS).decode(errors="replace")
    except OSError:
        return ""


def read_patterns(text: str, *, rooted: bool = False) -> tuple[Pattern, ...]:
    """Of a .gitignore; `rooted` for a .dockerignore, in which every pattern begins at the top."""
    lines = text.splitlines()[:MOST_PATTERNS]
    return tuple(pattern for pattern in (read_pattern(line, rooted) for line in lines) if pattern is not None)


def read_pattern(line: str, rooted: bool) -> Pattern | None:
    text = line.rstrip("\r")
    while text.endswith(" ") and not text.endswith("\\ "):
        text = text[:-1]
    if not text or text.startswith("#") or len(text) > 1000:
        return None
    wanted = not text.startswith("!")
    text = text if wanted else text[1:]
    folders_only = text.endswith("/")
    text = text.rstrip("/") if rooted else text.removesuffix("/")
    anchored = rooted or "/" in text
    segments = tuple(text.removeprefix("/").split("/"))
    if rooted:  # Docker cleans the path first
        segments = tuple(part for part in segments if part not in ("", "."))
    if not segments or "" in segments or "." in segments:  # git compares as it is written, and no path is written so
        return None
    return Pattern(segments if anchored else ("**", *segments), wanted, folders_only and not rooted)


def matches(segments: tuple[str, ...], parts: tuple[str, ...]) -> bool:
    """Whether the whole path matches. Quadratic at worst, whatever the pattern."""
    reached = {0}  # numbers of parts used up
    for number, segment in enumerate(segments, 1):
        if not reached:
            return False
        if segment == "**":
            inside = number == len(segments)  # `a/**` is what is in `a`, not `a`
            reached = set(range(min(reached) + inside, len(parts) + 1))
        else:
            fits = glob(segment)
            reached = {at + 1 for at in reached if at < len(parts) and fits(parts[at])}
    return len(parts) in reached


@functools.lru_cache(maxsize=4096)
def glob(segment: str) -> Callable[[str], object]:
    plain = re.sub(r"\\(.)", lambda one: f"[{one[1]}]" if one[1] in "*?[" else one[1], segment)
    try:
        return re.compile(fnmatch.translate(plain)).match
    except re.error:
        return lambda part: part == segment


def covers(patterns: Iterable[Pattern], path: str) -> bool:
    """Whether patterns that all begin at the top leave a path out, by itself or by one of its folders."""
    parts = tuple(path.split("/"))
    verdict = False
    for pattern in patterns:
        if any(matches(pattern.segments, parts[:end]) for end in range(1, len(parts) + 1)):
            verdict = pattern.wanted
    return verdict


def read_index(root: Path, below: str) -> frozenset[str] | None:
    """Tracked paths below the learner's folder. Format: gitformat-index(5), versions 2 to 4."""
    path = root / ".git" / "index"
    try:
        if path.is_symlink() or not path.is_file():
            return frozenset() if (root / ".git" / "HEAD").is_file() and not path.exists() else None
        with path.open("rb") as file:
            data = file.read(LARGEST_INDEX + 1)
        names = index_names(data) if len(data) <= LARGEST_INDEX else None
    except (OSError, ValueError, IndexError, struct.error):
        return None
    if names is None:
        return None
    return frozenset(name[len(below) :] for name in names if name.startswith(below))


def index_names(data: bytes) -> list[str] | None:
    signature, version, count = struct.unpack_from(">4sII", data)
    if signature != b"DIRC" or version not in (2, 3, 4) or count > len(data) // 62:
        return None
    names, at, last = [], 12, b""
    for _ in range(count):
        (flags,) = struct.unpack_from(">H", data, at + 60)
        start = at + 62 + (2 if version >= 3 and flags & 0x4000 else 0)
        if version == 4:
            drop, start = offset(data, start)
            end = data.index(b"\0", start)
            last = last[: len(last) - drop] + data[start:end]
            at = end + 1
        else:
            end = data.index(b"\0", start)
            last = data[start:end]
            at += (end - at + 8) & ~7  # padded with 1 to 8 NUL bytes
        names.append(last.decode(errors="surrogateescape"))
    return names


def offset(data: bytes, at: int) -> tuple[int, int]:
    """A variable-width number as in pack offsets, and where it ends."""
    value = data[at] & 127
    while data[at] & 128:
        at += 1
        value = ((value + 1) << 7) | (data[at] & 127)
        if value > LARGEST_INDEX:
            raise ValueError("no such prefix")
    return value, at + 1
