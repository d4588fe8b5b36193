"""Reading one roadmap out of a learner's clone of roadmap.sh: the drawing (JSON) and the text of each topic.

The layout is `src/data/roadmaps/<name>/<name>.json`, nodes and edges as React Flow keeps them, and beside it
`content/<words>@<id of the node>.md`: a title, a paragraph or two, and a list of links `[@article@Title](address)`.
The clone is taken as hostile: nothing in it is followed, run or used as a path, and everything is bounded.
"""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from backroad.curriculum.own import is_name
from backroad.kit.errors import Problem

LARGEST_DRAWING = 8 << 20
LARGEST_TEXT = 64 << 10
MOST_NODES = 10_000
MOST_EDGES = 20_000
MOST_TOPICS = 900
MOST_FILES = 5_000
MOST_LINKS = 20
LONGEST_LABEL = 120
TOPICS = ("topic", "subtopic")
DRAWN = re.compile(
    "section|vertical|horizontal|label|paragraph|button|linksgroup|title|legend|image|resourceButton|"
    "todo(-checkbox)?|checklists?|checklist-item"
)
"""Nodes that are there for the eye."""
_ID = re.compile(r"[\w-]{1,64}", re.ASCII)
_FILE = re.compile(r"[^@/]{0,200}@([\w-]{1,64})\.md", re.ASCII)
_LINK = re.compile(r"[ \t]{0,8}[-*+] {1,4}\[(?:@[\w-]{1,30}@)?([^\]\n]{1,400})\]\((\S{1,2000})\)\s*", re.ASCII)
_LINK_LIKE = re.compile(r"[ \t]{0,8}[-*+] {1,4}\[@")
_ADDRESS = re.compile(r"https?://[^\s<>\"'`\\]+")
_LEAD = re.compile(r"(visit|learn more from|check out|explore|see)\b.{0,60}\bresources?\b.{0,60}:", re.IGNORECASE)
HELP = "Name the folder of a clone of roadmap.sh, or the folder of one roadmap in it (src/data/roadmaps/backend)."


class Link(msgspec.Struct, frozen=True):
    title: str
    url: str


class Topic(msgspec.Struct, frozen=True):
    """A node that stands for something to learn; `x`, `y` is its upper left corner in the drawing, in pixels."""

    id: str
    label: str
    main: bool
    x: float
    y: float
    text: str = ""
    links: tuple[Link, ...] = ()


class Box(msgspec.Struct, frozen=True):
    """A frame that is drawn around topics."""

    id: str
    x: float
    y: float
    width: float
    height: float


class Clone(msgspec.Struct, frozen=True):
    name: str
    topics: tuple[Topic, ...]
    boxes: tuple[Box, ...]
    edges: tuple[tuple[str, str], ...]
    odd: tuple[str, ...]
    """What was not understood, a sentence for each sort of it."""


class _Place(msgspec.Struct):
    x: float
    y: float


class _Data(msgspec.Struct):
    label: str = ""


class _Node(msgspec.Struct):
    id: str
    type: str
    position: _Place
    data: _Data = msgspec.field(default_factory=_Data)
    width: float = 0
    height: float = 0


class _Edge(msgspec.Struct):
    source: str
    target: str


class _Drawing(msgspec.Struct):
    nodes: list[msgspec.Raw]
    edges: list[msgspec.Raw] = []


def read(folder: Path, roadmap: str) -> Clone:
    """The roadmap in this folder: a clone, where `roadmap` says which one, or the folder of one roadmap."""
    place = _find(folder, roadmap)
    drawing = _drawing(place / f"{place.name}.json")
    odd: dict[str, int] = {}
    nodes = list(_nodes(drawing.nodes, odd))
    texts = _texts(place / "content", odd)
    topics = []
    for node in nodes:
        if node.type in TOPICS:
            text, links = texts.pop(node.id, ("", ()))
            label = _clean(node.data.label)
            topics.append(Topic(node.id, label, node.type == "topic", node.position.x, node.position.y, text, links))
    if not topics:
        raise Problem(f"{place.name}.json draws no topic.", HELP)
    if len(topics) > MOST_TOPICS:
        raise Problem(f"{place.name}.json draws {len(topics):,} topics; at most {MOST_TOPICS} are taken.", HELP)
    if texts:
        odd["text file that belongs to no topic"] = len(texts)
    return Clone(
        name=place.name,
        topics=tuple(topics),
        boxes=tuple(
            Box(node.id, node.position.x, node.position.y, node.width, node.height)
            for node in nodes
            if node.type == "section"
        ),
        edges=tuple(_edges(drawing.edges, odd)),
        odd=tuple(f"{count:,} × {what}" for what, count in odd.items()),
    )


def _find(folder: Path, roadmap: str) -> Path:
    if not is_name(roadmap):
        raise Problem(f"{roadmap[:40]!r} is not the name of a roadmap.", "Write it as its folder is called: backend.")
    folder = folder.resolve()
    if not folder.is_dir():
        raise Problem(f"{folder} is not a folder.", HELP)
    for place in (folder / "src/data/roadmaps" / roadmap, folder / roadmap, folder):
        if _is_file(place / f"{place.name}.json"):
            return place
    listed = folder / "src/data/roadmaps"
    names = sorted(one.name for one in listed.iterdir() if is_name(one.name))[:12] if listed.is_dir() else []
    hint = f"There are {', '.join(names)}, …: choose with --roadmap." if names else HELP
    raise Problem(f"There is no roadmap {roadmap} in {folder}.", hint)


def _is_file(path: Path) -> bool:
    """A plain file; what a link leads to is not part of the clone."""
    return path.is_file() and not path.is_symlink()


def _bytes(path: Path, most: int) -> bytes | None:
    """The file's bytes; None if it has more."""
    with path.open("rb") as file:
        data = file.read(most + 1)
    return data if len(data) <= most else None


def _drawing(path: Path) -> _Drawing:
    try:
        data = _bytes(path, LARGEST_DRAWING)
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}.", HELP) from None
    if data is None:
        raise Problem(f"{path} has more than {LARGEST_DRAWING >> 20} MiB.", "No roadmap of roadmap.sh is that large.")
    if data.lstrip()[:12].startswith(b'{"mockup"'):
        raise Problem(f"{path} is drawn in a format that roadmap.sh gave up in 2024.", "Update the clone: git pull.")
    try:
        drawing = msgspec.json.decode(data, type=_Drawing)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:120]
        raise Problem(f"{path} is not the drawing of a roadmap: {reason}.", HELP) from None
    if len(drawing.nodes) > MOST_NODES or len(drawing.edges) > MOST_EDGES:
        raise Problem(
            f"{path} has {len(drawing.nodes):,} nodes and {len(drawing.edges):,} edges.",
            f"At most {MOST_NODES:,} and {MOST_EDGES:,} are read; no roadmap of roadmap.sh has that many.",
        )
    return drawing


def _nodes(raws: list[msgspec.Raw], odd: dict[str, int]) -> Iterator[_Node]:
    seen: set[str] = set()
    for raw in raws:
        node = _decoded(raw, _Node)
        if node is None or not _ID.fullmatch(node.id):
            _count(odd, "node without a type, a place or a plain id")
        elif node.id in seen:
            _count(odd, "node with the id of another")
        elif node.type in TOPICS and not _clean(node.data.label):
            _count(odd, "topic without a title")
        elif node.type not in TOPICS and not DRAWN.fullmatch(node.type):
            _count(odd, f"node of the type {_clean(node.type)[:30]!r}" if len(odd) < 12 else "node of another type")
        else:
            seen.add(node.id)
            yield node


def _edges(raws: list[msgspec.Raw], odd: dict[str, int]) -> Iterator[tuple[str, str]]:
    for raw in raws:
        edge = _decoded(raw, _Edge)
        if edge is None:
            _count(odd, "edge without two ends")
        elif edge.source != edge.target:
            yield edge.source, edge.target


def _decoded(raw: msgspec.Raw, noun: type[Any]) -> Any:
    try:
        return msgspec.json.decode(raw, type=noun)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _texts(folder: Path, odd: dict[str, int]) -> dict[str, tuple[str, tuple[Link, ...]]]:
    """Id of a node -> its text and links."""
    found: dict[str, tuple[str, tuple[Link, ...]]] = {}
    if not folder.is_dir() or folder.is_symlink():
        odd["folder content that is missing"] = 1
        return found
    with os.scandir(folder) as entries:
        for number, entry in enumerate(entries):
            if number >= MOST_FILES:
                raise Problem(
                    f"{folder} has more than {MOST_FILES:,} files.", "No roadmap of roadmap.sh has that many."
                )
            name = _FILE.fullmatch(entry.name)
            if name is None or not entry.is_file(follow_symlinks=False):
                _count(odd, "file or folder in content that is not a topic's text")
                continue
            try:
                data = _bytes(Path(entry.path), LARGEST_TEXT)
                text = None if data is None else data.decode()
            except (OSError, UnicodeDecodeError):
                text = None
            if text is None:
                _count(odd, "text that is too large, or not UTF-8")
            else:
                found[name[1]] = _parsed(text, odd)
    return found


def _parsed(text: str, odd: dict[str, int]) -> tuple[str, tuple[Link, ...]]:
    """The paragraphs without the title, and the links of the list."""
    kept, links = list[str](), dict[str, Link]()
    for line in text.splitlines():
        found = _LINK.fullmatch(line)
        if found and _ADDRESS.fullmatch(found[2]) and found[2].isprintable() and _clean(found[1]):
            if len(links) < MOST_LINKS:
                links.setdefault(found[2], Link(_clean(found[1]), found[2]))
            else:
                _count(odd, f"link beyond the first {MOST_LINKS} of a topic")
        elif found or _LINK_LIKE.match(line):
            _count(odd, "link that is not one")
        elif not _LEAD.match(line.strip()):
            kept.append("".join(letter for letter in line if letter.isprintable() or letter == "\t"))
    while kept and not kept[0].strip():
        kept.pop(0)
    if kept and kept[0].startswith("# "):
        kept.pop(0)
    return "\n".join(kept).strip(), tuple(links.values())


def _clean(label: str) -> str:
    """One line of what can be printed, short enough for a title."""
    plain = " ".join("".join(letter if letter.isprintable() else " " for letter in label[:1_000]).split())
    return plain if len(plain) <= LONGEST_LABEL else plain[: LONGEST_LABEL - 1].rstrip() + "…"


def _count(odd: dict[str, int], what: str) -> None:
    odd[what] = odd.get(what, 0) + 1
