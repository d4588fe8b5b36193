"""YAML as values that know their line. Built from events without recursion, so that no nesting exhausts the stack."""

from collections.abc import Iterator
from typing import Any

import yaml

from backroad.verifier.repository.folder import Trouble

DEEPEST = 100
MOST_VALUES = 100_000
Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
TRUE = frozenset({"true", "yes", "on"})


class Yaml:
    """A mapping, list or text. Asking a value for what it does not have gives NOTHING, which is false and empty."""

    __slots__ = ("_flat", "block", "entries", "items", "kind", "line", "plain", "size", "text")

    def __init__(self, kind: str, line: int, text: str = "", *, plain: bool = False, block: bool = False) -> None:
        self.kind = kind  # mapping, list, text or nothing
        self.line = line  # from 1
        self.text = text
        self.plain = plain  # written without quotes
        self.block = block  # written with | or >: its text begins on the next line
        self.size = 1  # values in it, those of aliases counted each time
        self.items: list[Yaml] = []
        self.entries: list[tuple[str, int, Yaml]] = []  # key, line of the key, value
        self._flat: dict[str, tuple[int, Yaml]] | None = None

    def __bool__(self) -> bool:
        return self.kind != "nothing"

    def __iter__(self) -> Iterator["Yaml"]:
        return iter(self.items)

    @property
    def null(self) -> bool:
        return self.kind == "nothing" or (self.plain and self.text.lower() in ("", "~", "null"))

    @property
    def true(self) -> bool:
        return self.text.lower() in TRUE

    @property
    def number(self) -> float | None:
        try:
            return float(self.text.replace("_", ""))
        except ValueError:
            return None

    def get(self, *keys: str) -> "Yaml":
        """The value below the keys, one after the other."""
        found = self
        for key in keys:
            found = found.flat().get(key, (0, NOTHING))[1]
        return found

    def has(self, key: str) -> bool:
        return key in self.flat()

    def line_of(self, key: str) -> int:
        return self.flat().get(key, (self.line, NOTHING))[0]

    def pairs(self) -> list[tuple[str, int, "Yaml"]]:
        return [(key, line, value) for key, (line, value) in self.flat().items()]

    def flat(self) -> dict[str, tuple[int, "Yaml"]]:
        """Keys with those that `<<` merges in; own keys win. What is merged was complete, and flat, before this was."""
        if self._flat is None:
            merged: dict[str, tuple[int, Yaml]] = {}
            for key, _, value in self.entries:
                if key == "<<":
                    for source in reversed(value.items) if value.kind == "list" else [value]:
                        merged.update(source.flat())
            own = {key: (line, value) for key, line, value in self.entries if key != "<<"}
            self._flat = {**merged, **own}
        return self._flat


NOTHING = Yaml("nothing", 1)


class Documents:
    def __init__(self, path: str) -> None:
        self.path = path
        self.documents: list[Yaml] = []
        self.open: list[Yaml] = []
        self.keys: list[tuple[str, int] | None] = []  # one for each open value: the key that waits for its value
        self.anchors: dict[str, Yaml] = {}
        self.named: dict[int, str] = {}
        self.starts: list[int] = []  # one for each open value: the count where it began
        self.count = 0

    def take(self, event: yaml.Event) -> None:
        line = event.start_mark.line + 1 if event.start_mark else 1
        match event:
            case yaml.DocumentStartEvent():
                self.anchors = {}
            case yaml.MappingStartEvent() | yaml.SequenceStartEvent():
                value = Yaml("mapping" if isinstance(event, yaml.MappingStartEvent) else "list", line)
                if len(self.open) >= DEEPEST:
                    raise Trouble(self.path, line, f"is nested more than {DEEPEST} levels deep")
                self.place(value)
                self.open.append(value)
                self.keys.append(None)
                self.starts.append(self.count)
                if event.anchor:
                    self.named[id(value)] = event.anchor
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                value = self.open.pop()
                self.keys.pop()
                if any(key == "<<" for key, _, _ in value.entries):
                    self.add(sum(one.size for _, _, one in value.pairs()), value.line)
                value.size = 1 + self.count - self.starts.pop()
                if id(value) in self.named:
                    self.anchors[self.named.pop(id(value))] = value
            case yaml.ScalarEvent():
                value = Yaml("text", line, event.value, plain=not event.style, block=event.style in ("|", ">"))
                self.place(value)
                if event.anchor:
                    self.anchors[event.anchor] = value
            case yaml.AliasEvent():
                self.alias(event.anchor or "", line)

    def alias(self, name: str, line: int) -> None:
        if name not in self.anchors:
            what = "is inside its own anchor" if name in self.named.values() else "has no anchor before it"
            raise Trouble(self.path, line, f"the alias *{name} {what}")
        self.place(self.anchors[name], line)

    def add(self, number: int, line: int) -> None:
        self.count += number
        if self.count > MOST_VALUES:
            raise Trouble(self.path, line, f"holds more than {MOST_VALUES:,} values", mistake=False)

    def place(self, value: Yaml, line: int = 0) -> None:
        self.add(value.size, value.line)
        if not self.open:
            self.documents.append(value)
        elif self.open[-1].kind == "list":
            self.open[-1].items.append(value)
        else:
            key = self.keys[-1]
            if key is None:
                self.keys[-1] = (value.text, line or value.line)
            else:
                self.open[-1].entries.append((*key, value))
                self.keys[-1] = None


def read_yaml(text: str, path: str) -> list[Yaml]:
    """The documents of a file. Raises Trouble with the line of the mistake."""
    documents = Documents(path)
    try:
        for event in yaml.parse(text, Loader=Loader):
            documents.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 0)
        raise Trouble(path, line, f"is not YAML: {error.problem or error.context}", column=column) from None
    except (yaml.YAMLError, UnicodeError) as error:
        line = text.count("\n", 0, getattr(error, "position", 0) or 0) + 1
        reason = getattr(error, "reason", None) or "cannot be read"
        raise Trouble(path, line, f"is not YAML: {reason}") from None
    return documents.documents


def first_document(text: str, path: str) -> Yaml:
    return next(iter(read_yaml(text, path)), NOTHING)
