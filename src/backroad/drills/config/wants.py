"""What a drill wants of a file beyond rules: one place and one test each.

`present`, `absent`; `equals` and `one_of` (the whole text); `contains` (an item, a key, or part of the text); `matches`
and `lacks` (a pattern, anywhere in what stands there); `at_least` and `at_most` (a number, time or size); `text` (not
read as a number or truth value by YAML 1.1); `order` (patterns: the first part that matches each comes after that of
the one before); `within` (another place: what stands here stands there too); `ignores` and `keeps` (paths that a
.gitignore or .dockerignore leaves out, or does not).
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from backroad.drills.config.amount import amount, dimension
from backroad.drills.config.place import Step, read_place
from backroad.drills.config.tree import Node
from backroad.drills.table import Table
from backroad.verifier.repository.folder import Folder, Trouble
from backroad.verifier.repository.git import covers, read_patterns

MOST_LOOKED = 20_000  # parts that all wants of a drill look at, counted each time
NEGATIVE = ("absent", "lacks")
"""Hold where there is nothing, and must hold of everything that is there."""
NO_TEXT = re.compile(r"(?i)|~|null|true|false|yes|no|on|off|y|n|[-+]?[\d_]+(\.[\d_]*)?([e]\d+)?|0[xo][\da-f]+|[\d:]+")


class Want(msgspec.Struct, frozen=True):
    id: str
    claim: str
    why: str
    at: str
    test: str
    value: Any  # a list is a tuple

    @property
    def expected(self) -> str:
        """In a few words; empty where the claim says it better."""
        match self.test:
            case "equals" | "contains":
                return said(self.value)
            case "one_of":
                return " or ".join(map(said, self.value))
            case "at_least" | "at_most":
                return f"{self.test.replace('_', ' ')} {said(self.value)}"
        return ""


class Looked(msgspec.Struct, frozen=True):
    """Where a want found nothing that holds. `got` is empty where the line says it all. `depth`: how near it came."""

    line: int
    got: str = ""
    depth: int = 0


class File:
    def __init__(self, path: str, top: Node, folder: Folder) -> None:
        self.path = path
        self.top = top
        self.folder = folder
        self.left = MOST_LOOKED

    def spend(self, line: int) -> None:
        self.left -= 1
        if self.left < 0:
            raise Trouble(self.path, line, "has too many parts to be judged", mistake=False)


def said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def missed(want: Want, file: File) -> Looked | None:
    """None where the want holds."""
    return _walk(want, file, (file.top,), read_place(want.at))


def _walk(want: Want, file: File, trail: tuple[Node, ...], steps: tuple[Step, ...]) -> Looked | None:
    file.spend(trail[-1].line)
    depth = len(trail)
    if not steps:
        here = TESTS[want.test](trail[-1], want.value, file)
        return msgspec.structs.replace(here, depth=depth) if here else None
    found = steps[0].among(trail)
    negative = want.test in NEGATIVE
    if not found:
        return None if negative else Looked(trail[-1].line, f"no `{steps[0].said}` here", depth)
    looked = [_walk(want, file, (*trail, one), steps[1:]) for one in found]
    if steps[0].every or negative:
        return next((one for one in looked if one), None)
    if None in looked:
        return None
    if len(found) > 1 and not steps[1:]:
        return Looked(trail[-1].line, f"none of the {len(found)} `{steps[0].said}` here", depth)
    return max(looked, key=lambda one: one.depth if one else 0)


def _present(node: Node, value: Any, file: File) -> Looked | None:
    return None


def _absent(node: Node, value: Any, file: File) -> Looked | None:
    return Looked(node.line)


def _equals(node: Node, value: Any, file: File) -> Looked | None:
    return _unless(same(node.text, value), node)


def _one_of(node: Node, value: Any, file: File) -> Looked | None:
    return _unless(any(same(node.text, one) for one in value), node)


def same(text: str, value: object) -> bool:
    return text.casefold() == said(value) if isinstance(value, bool) else text == said(value)


def _contains(node: Node, value: Any, file: File) -> Looked | None:
    inside = any(name == value or one.text == said(value) for name, one in node.parts())
    return _unless(inside or said(value) in node.text, node)


def _matches(node: Node, value: Any, file: File) -> Looked | None:
    return _unless(re.search(value, node.said) is not None, node)


def _lacks(node: Node, value: Any, file: File) -> Looked | None:
    return _unless(re.search(value, node.said) is None, node)


def _at_least(node: Node, value: Any, file: File) -> Looked | None:
    given, wanted = _both(node, value)
    return _unless(given is not None and given >= wanted, node)


def _at_most(node: Node, value: Any, file: File) -> Looked | None:
    given, wanted = _both(node, value)
    return _unless(given is not None and given <= wanted, node)


def _both(node: Node, value: Any) -> tuple[float | None, float]:
    kind = dimension(said(value))
    return amount(node.text, kind), amount(said(value), kind) or 0


def _text(node: Node, value: Any, file: File) -> Looked | None:
    return _unless(not (node.plain and NO_TEXT.fullmatch(node.text[:100])), node)


def _order(node: Node, value: Any, file: File) -> Looked | None:
    parts = [(one.line, f"{name} {one.said}".strip()) for name, one in node.parts()]
    before = -1
    for number, pattern in enumerate(value, 1):
        place = next((at for at, (_, text) in enumerate(parts) if re.search(pattern, text)), None)
        if place is None:
            return Looked(node.line, f"{ordinal(number)} of {len(value)} steps is not here")
        if place <= before:
            return Looked(parts[place][0], f"comes before line {parts[before][0]}")
        before = place
    return None


def ordinal(number: int) -> str:
    return {1: "the first", 2: "the second", 3: "the third"}.get(number, f"number {number}")


def _within(node: Node, value: Any, file: File) -> Looked | None:
    wholes = [file.top]
    for step in read_place(value):
        wholes = [found for one in wholes for found in step.among((one,))]
    return _unless(any(_holds(whole, node) for whole in wholes), node)


def _holds(whole: Node, part: Node) -> bool:
    theirs = {(name, one.text) for name, one in whole.parts()}
    if part.text:
        return part.text == whole.text or any(text == part.text for _, text in theirs)
    mine = {(name, one.text) for name, one in part.parts()}
    return bool(mine) and mine <= theirs


def _ignores(node: Node, value: Any, file: File) -> Looked | None:
    left = [path for path in value if not left_out(file, path)]
    return Looked(1, f"no pattern leaves out {', '.join(left)}") if left else None


def _keeps(node: Node, value: Any, file: File) -> Looked | None:
    taken = next((path for path in value if left_out(file, path)), None)
    return None if taken is None else Looked(_line_of(node, taken, file), f"leaves out {taken}")


def left_out(file: File, path: str) -> bool:
    if file.path.endswith(".gitignore"):
        return file.folder.git.ignores(path)
    return covers(read_patterns(file.folder.text(file.path), rooted=True), path)


def _line_of(node: Node, path: str, file: File) -> int:
    """Of the last pattern that alone would leave the path out."""
    rooted = not file.path.endswith(".gitignore")
    alone = [one.line for _, one in node.parts() if covers(read_patterns(one.text, rooted=rooted), path)]
    return alone[-1] if alone else 1


def _unless(ok: bool, node: Node) -> Looked | None:
    return None if ok else Looked(node.line)


TESTS: dict[str, Callable[[Node, Any, File], Looked | None]] = {
    "present": _present, "absent": _absent, "equals": _equals, "one_of": _one_of, "contains": _contains,
    "matches": _matches, "lacks": _lacks, "at_least": _at_least, "at_most": _at_most, "text": _text, "order": _order,
    "within": _within, "ignores": _ignores, "keeps": _keeps,
}  # fmt: skip
LISTS = ("one_of", "order", "ignores", "keeps")
FLAGS = ("present", "absent", "text")
PATTERNS = ("matches", "lacks", "order")


def read_wants(table: Table) -> tuple[Want, ...]:
    if "wants" not in table.table:
        return ()
    found = []
    for entry in table.tables("wants", 1, 10, "`[[drill.wants]]` above each want"):
        entry.only(("id", "claim", "why", "at", *TESTS), "a want")
        tests = [name for name in TESTS if name in entry.table]
        if len(tests) != 1:
            entry.say(f"it has {len(tests)} tests; write exactly one of {', '.join(TESTS)}.")
            continue
        at = entry.text("at", required=False)
        for mistake in _mistakes(at, tests[0], entry.table):
            entry.say(mistake)
        value = entry.table[tests[0]]
        value = tuple(value) if isinstance(value, list) else value
        found.append(Want(entry.text("id"), entry.text("claim"), entry.text("why"), at, tests[0], value))
    return tuple(found)


def _mistakes(at: str, test: str, entry: Mapping[str, Any]) -> list[str]:
    value = entry[test]
    texts = value if isinstance(value, list) else [value]
    if (test in LISTS) != isinstance(value, list) or (test in FLAGS and value is not True):
        form = "true" if test in FLAGS else '["...", "..."]' if test in LISTS else '"..."'
        return [f"`{test}` is {value!r}; write `{test} = {form}`."]
    try:
        read_place(at)
        if test in PATTERNS:
            [re.compile(one) for one in texts]
        elif test in ("at_least", "at_most"):
            dimension(said(value))
        elif test == "within":
            read_place(value)
    except (ValueError, TypeError, re.error) as error:
        return [f"`{at} {test}`: {error}."]
    return []
