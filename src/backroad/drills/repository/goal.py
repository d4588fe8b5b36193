"""A goal as it stands in the file."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import msgspec

from backroad.drills.repository.state import State
from backroad.drills.table import Table

Value: TypeAlias = str | int | bool | tuple[str, ...]


class Seen(NamedTuple):
    """What is there, and what should be."""

    ok: bool
    given: str
    wanted: str


class Goal(msgspec.Struct, frozen=True, kw_only=True):
    claim: str
    test: str
    value: Value
    more: tuple[tuple[str, Value], ...] = ()

    def get(self, name: str) -> Value | None:
        return next((value for key, value in self.more if key == name), None)

    @property
    def at(self) -> str:
        return str(self.get("at") or "HEAD")

    @property
    def text(self) -> str:
        return str(self.value)

    @property
    def number(self) -> int:
        return self.value if isinstance(self.value, int) else 0

    @property
    def pair(self) -> tuple[str, str]:
        first, second = self.value if isinstance(self.value, tuple) else ("", "")
        return first, second

    def texts(self, name: str) -> tuple[str, ...]:
        """One text or a list of them."""
        value = self.value if name == self.test else self.get(name)
        return value if isinstance(value, tuple) else () if value is None else (str(value),)


class Test(NamedTuple):
    judge: Callable[[Goal, State, State], Seen]
    kind: type | str
    """Of its value; `pair` and `texts` are lists of texts."""
    more: Mapping[str, type | str] = {}
    needs: str = ""
    """What must stand beside it."""


_WRITE: dict[type | str, str] = {
    str: "a text",
    int: "a whole number",
    bool: "`true`",
    "pair": "a list of two texts",
    "texts": "a text, or a list of texts",
}


def _is(value: object, kind: type | str) -> bool:
    if kind == "pair":
        return isinstance(value, list) and len(value) == 2 and all(isinstance(text, str) for text in value)
    if kind == "texts":
        return isinstance(value, str) or (isinstance(value, list) and all(isinstance(text, str) for text in value))
    return value is True if kind is bool else type(value) is kind


def _value(value: object) -> Value:
    if isinstance(value, list):
        return tuple(map(str, value))
    return value if isinstance(value, str | int | bool) else str(value)


def read_goals(table: Table, tests: Mapping[str, Test]) -> tuple[Goal, ...]:
    found = []
    for entry in table.tables("goals", 1, 10, '`goals = [{claim = "...", log = "main", is = ["..."]}]`'):
        names = [name for name in entry.table if name in tests]
        if len(names) != 1:
            entry.say(f"it has {len(names)} tests; write one of {', '.join(f'`{name}`' for name in tests)}.")
            continue
        name, test = names[0], tests[names[0]]
        entry.only(("claim", name, *test.more), f"a goal with `{name}`")
        for field, kind in {name: test.kind, **test.more}.items():
            if field in entry.table and not _is(entry.table[field], kind):
                entry.say(f"`{field}` is {entry.table[field]!r}; write {_WRITE[kind]}.")
        if test.needs and test.needs not in entry.table:
            entry.say(f"`{test.needs}` is missing; write it.")
        more = tuple((field, _value(entry.table[field])) for field in test.more if field in entry.table)
        found.append(Goal(claim=entry.text("claim"), test=name, value=_value(entry.table[name]), more=more))
    return tuple(found)
