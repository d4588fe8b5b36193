"""A learner's own content: a folder in their data folder, laid out as `content/` and read over the shipped one.

It may have come in a file that somebody else wrote, so its size and its letters are judged before anything else is.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import msgspec

from backroad.curriculum.model import LARGEST_DRILLS, LONGEST_LESSON, Mistake, Resource, Road
from backroad.curriculum.read import Wrong, shown

FOLDER = "content"
"""Its name in the data folder."""
MOST_SKILLS = 1_000
MOST_ROADS = 100
MOST_NAMED = 2_000
"""Skills that one road may name."""
LONGEST = {"title": 200, "url": 2_000}
"""Characters; of any other text, 1,000."""
LONGEST_NAME = 60
LONGEST_FILE = 256 << 10
LONGEST_RESOURCES = 4 << 20
NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LINK = re.compile(r"https?://[^\s<>\"'`\\]+")
_PLACES = (
    re.compile(r"(areas|resources)\.toml"),
    re.compile(r"roads/(?P<name>[^/]+)\.toml"),
    re.compile(r"skills/(?P<area>[^/]+)/(?P<name>[^/]+)/(skill\.toml|drills\.toml|lesson\.md)"),
)


def own_dir(home: Path) -> Path:
    return home / FOLDER


def is_name(text: str) -> bool:
    return len(text) <= LONGEST_NAME and NAME.fullmatch(text) is not None


def is_place(name: str) -> bool:
    """Whether own content has a file of this relative path, written with slashes."""
    found = next((match for place in _PLACES if (match := place.fullmatch(name))), None)
    return found is not None and all(is_name(part) for part in found.groupdict().values())


def most_bytes(name: str) -> int:
    """How large the file of this relative path may be."""
    if name == "resources.toml":
        return LONGEST_RESOURCES
    if name.endswith("/drills.toml"):
        return LARGEST_DRILLS
    return LONGEST_LESSON if name.endswith("/lesson.md") else LONGEST_FILE


def files(own: Path) -> Iterator[tuple[str, Path]]:
    """(relative path, file) of everything that belongs to own content, in order; links and other files do not."""
    for pattern in ("areas.toml", "resources.toml", "roads/*.toml", "skills/*/*/*.*"):
        for path in sorted(own.glob(pattern)):
            name = path.relative_to(own).as_posix()
            if is_place(name) and path.is_file() and not path.is_symlink():
                yield name, path


def refuse_large(own: Path, path: Path) -> None:
    """Raises Wrong for a file that is not one, or is too large to be read."""
    most = most_bytes(path.relative_to(own).as_posix())
    if not path.is_file():
        raise Wrong(Mistake(shown(path), "this is not a file."))
    if path.stat().st_size > most:
        raise Wrong(Mistake(shown(path), f"the file has more than {most >> 10} KiB."))


def unfit(noun: msgspec.Struct) -> str:
    """What is wrong with a noun of the right form, as a sentence; empty if nothing is."""
    for field in noun.__struct_fields__:
        value = getattr(noun, field)
        if isinstance(value, str) and not value.isprintable():
            return f"`{field}` holds a control character."
        most = LONGEST.get(field, 1_000)
        if isinstance(value, str) and len(value) > most:
            return f"`{field}` has {len(value):,} characters; at most {most:,} fit."
    if isinstance(noun, Resource) and not _LINK.fullmatch(noun.url):
        return "`url` must be a link that starts with https:// or http://."
    if isinstance(noun, Road):
        if len(noun.skills) > MOST_NAMED:
            return f"the road names {len(noun.skills):,} skills; at most {MOST_NAMED:,} fit."
        return next((wrong for step in noun.steps if (wrong := unfit(step))), "")
    return ""
