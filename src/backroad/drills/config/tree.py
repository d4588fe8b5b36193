"""A configuration file as one tree, whatever its format.

A part has a name (a key, an instruction, a directive, a section) or none (an item of a list, a document, a pattern).

- YAML: keys and items; at the top the documents without a name, and the keys of the first.
- Dockerfile: `stage`, one after the other, each with its instructions, `FROM` first; at the top those of the last
  stage. Parts of an instruction are its flags (`--interval`) and what ARG, ENV and LABEL set.
- nginx: directives; the text is their arguments. systemd: sections, and in them their settings.
- .gitignore and .dockerignore: one part a pattern.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator

import msgspec

from backroad.verifier.repository import docker
from backroad.verifier.repository.folder import Trouble
from backroad.verifier.repository.nginx import PLACE, Directive, read_nginx
from backroad.verifier.repository.yaml_lines import Yaml, read_yaml

IGNORES = re.compile(r"(?:.*/)?[^/]*\.(?:git|docker)ignore")
UNIT = re.compile(r".*\.(?:service|timer|socket)")
MOST_SAID = 2000  # characters of one value
MOST_LEAVES = 2000  # of a tree that is compared with another
LONGEST_PATH = 400  # characters; what lies deeper is not compared


Part = tuple[str, "Node"]


class Node:
    """`text` is empty for a mapping, a list, a block. `repeats`: names may stand there more than once."""

    __slots__ = ("_by_name", "_parts", "_read", "line", "plain", "repeats", "text")

    def __init__(
        self,
        *,
        line: int,
        text: str = "",
        plain: bool = False,
        repeats: bool = False,
        parts: Callable[[], Iterable[Part]] = lambda: (),
    ) -> None:
        self.line = line
        self.text = text
        self.plain = plain  # YAML written without quotes
        self.repeats = repeats
        self._read = parts
        self._parts: tuple[Part, ...] | None = None
        self._by_name: dict[str, list[Node]] | None = None

    def parts(self) -> tuple[Part, ...]:
        """Read when they are asked for, and once."""
        if self._parts is None:
            self._parts = tuple(self._read())
        return self._parts

    def named(self, name: str) -> list["Node"]:
        if self._by_name is None:
            self._by_name = {}
            for its, part in self.parts():
                self._by_name.setdefault(its, []).append(part)
        return self._by_name.get(name, [])

    def unnamed(self) -> list["Node"]:
        """Items; where there are none, all parts."""
        return self.named("") or [part for _, part in self.parts()]

    @property
    def said(self) -> str:
        """The text, or what stands below, bounded: `[a, b]` for a list, `key: a, other: b` for a mapping, and a block
        line by line."""
        return _said(self, MOST_SAID)

    def leaves(self) -> frozenset[tuple[str, str]]:
        """Where texts stand, without places in lists: what two files have in common. Of a huge file, only a part."""
        found: set[tuple[str, str]] = set()
        waiting = [("", self)]
        while waiting and len(found) < MOST_LEAVES:
            path, node = waiting.pop()
            if node.text:
                found.add((path, node.text[:MOST_SAID]))
            if len(path) < LONGEST_PATH:
                waiting += [(f"{path}/{name[:LONGEST_PATH]}", part) for name, part in _first(node)]
        return frozenset(found)


def _said(node: Node, most: int) -> str:
    """Each level takes characters from what is left, so that neither depth nor aliases cost more."""
    if node.text and not node.repeats:
        return node.text[:most]
    found, left = [node.text[:most]] if node.text else [], most
    named = [part for part in _first(node) if part[0]]
    for name, part in named or _first(node):
        if left <= 0:
            break
        found.append(f"{name}: {_said(part, left)}".rstrip() if name else _said(part, left))
        left -= len(found[-1]) + 2
    if node.repeats:
        return "\n".join(found)[:most]
    return ", ".join(found)[:most] if named or not found else f"[{', '.join(found)}]"[:most]


def _first(node: Node) -> tuple[Part, ...]:
    return node.parts()[:MOST_LEAVES]


class Format(msgspec.Struct, frozen=True):
    syntax: str  # what an editor and Pygments call it
    read: Callable[[str, str], Node]  # raises Trouble


def format_of(path: str) -> Format | None:
    """By the path alone, as tools do."""
    name = path.rpartition("/")[2]
    if IGNORES.fullmatch(path):
        return Format("text", _patterns)
    if re.fullmatch(docker.NAME, name, re.IGNORECASE):
        return Format("dockerfile", _dockerfile)
    if name.endswith((".yaml", ".yml")):
        return Format("yaml", _yaml)
    if PLACE.fullmatch(path):
        return Format("nginx", _nginx)
    return Format("ini", _unit) if UNIT.fullmatch(name) else None


def _yaml(text: str, path: str) -> Node:
    documents = [_of_yaml(one) for one in read_yaml(text, path)]

    def parts() -> Iterator[Part]:
        yield from (("", document) for document in documents)
        if documents:
            yield from documents[0].parts()

    return Node(line=1, parts=parts)


def _of_yaml(value: Yaml, line: int = 0) -> Node:
    def parts() -> Iterator[Part]:
        for key, place, below in value.pairs():
            yield key, _of_yaml(below, place)
        for one in value.items:
            yield "", _of_yaml(one)

    return Node(line=line or value.line, text=value.text, plain=value.plain, parts=parts)


def _dockerfile(text: str, path: str) -> Node:
    file = docker.read_dockerfile(text, path)

    def parts() -> Iterator[Part]:
        yield from (("stage", _stage(one)) for one in file.stages)
        yield from _stage(file.final).parts()

    return Node(line=1, repeats=True, parts=parts)


def _stage(stage: docker.Stage) -> Node:
    def parts() -> Iterator[Part]:
        yield "FROM", Node(line=stage.line, text=f"{stage.base} AS {stage.name}" if stage.name else stage.base)
        yield from ((one.name, _instruction(one)) for one in stage.instructions)

    return Node(line=stage.line, text=stage.name, repeats=True, parts=parts)


def _instruction(one: docker.Instruction) -> Node:
    """An array of the exec form is written in one way."""
    text = json.dumps(one.exec_form, ensure_ascii=False) if one.exec_form else one.text

    def parts() -> Iterator[Part]:
        for flag in one.flags:
            name, _, value = flag.partition("=")
            yield name, Node(line=one.line, text=value.strip('"'))
        if one.name in ("ARG", "ENV", "LABEL"):
            yield from ((name, Node(line=one.line, text=value)) for name, value in docker.pairs(one.text))

    return Node(line=one.line, text="\n".join(filter(None, (" ".join((*one.flags, text)), one.heredoc))), parts=parts)


def _nginx(text: str, path: str) -> Node:
    return _directive(read_nginx(text, path))


def _directive(one: Directive) -> Node:
    def parts() -> Iterator[Part]:
        yield from ((below.name, _directive(below)) for below in one.block or ())

    return Node(line=one.line, text=" ".join(one.args), repeats=True, parts=parts)


def _patterns(text: str, path: str) -> Node:
    lines = [(number, line.strip()) for number, line in enumerate(text.split("\n"), 1)]
    found = [("", Node(line=number, text=line)) for number, line in lines if line and not line.startswith("#")]
    return Node(line=1, parts=lambda: found)


def _unit(text: str, path: str) -> Node:
    """systemd.syntax(7): a line that ends with a backslash goes on in the next; sections of one name are one."""
    sections: dict[str, tuple[int, list[Part]]] = {}
    settings: list[Part] | None = None
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        whole = line.strip()
        while whole.endswith("\\"):
            whole = f"{whole[:-1].strip()} {next(lines, (0, ''))[1].strip()}"
        if not whole or whole[0] in "#;":
            continue
        if header := re.fullmatch(r"\[([^\[\]]+)\]", whole):
            settings = sections.setdefault(header[1], (number, []))[1]
            continue
        name, equals, value = whole.partition("=")
        if settings is None or not equals or not name.strip():
            raise Trouble(path, number, "has a line that is neither [Section] nor, below one, Name=value")
        settings.append((name.strip(), Node(line=number, text=value.strip())))

    def section(place: int, found: list[Part]) -> Node:
        return Node(line=place, repeats=True, parts=lambda: found)

    return Node(
        line=1,
        repeats=True,
        parts=lambda: [(name, section(place, found)) for name, (place, found) in sections.items()],
    )
