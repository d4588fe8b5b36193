"""Takes typed fields out of a TOML table, and says what is wrong with each in one sentence."""

import difflib
from collections.abc import Callable, Iterable
from typing import Any


def is_tables(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, dict) for item in value)


class Table:
    """Takes typed fields out of a table and says what is wrong with them; a wrong field reads as empty."""

    def __init__(self, table: dict[str, Any], say: Callable[[str], None], where: str = "") -> None:
        self.table = table
        self.say: Callable[[str], None] = lambda text: say(f"{where}{text}")

    def text(self, field: str, *, required: bool = True) -> str:
        value = self.table.get(field)
        if value is None and not required:
            return ""
        if value is None:
            self.say(f"`{field}` is missing; write it.")
        elif not isinstance(value, str):
            self.say(f"`{field}` is not text; put it in quotes.")
        elif required and not value.strip():
            self.say(f"`{field}` is empty; write it.")
        else:
            return value
        return ""

    def texts(self, field: str, low: int, high: int, *, required: bool = True) -> tuple[str, ...]:
        value = self.table.get(field)
        if value is None and not required:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) and item.strip() for item in value):
            self.say(
                f"`{field}` is {'missing' if value is None else 'not a list of texts'}; "
                f'write `{field} = ["...", "..."]`.'
            )
            return ()
        self.count(field, len(value), low, high)
        return tuple(value)

    def tables(self, field: str, low: int, high: int, form: str) -> list["Table"]:
        value = self.table.get(field)
        if not isinstance(value, list) or not is_tables(value):
            self.say(f"`{field}` is {'missing' if value is None else 'not a list of tables'}; write {form}.")
            return []
        self.count(field, len(value), low, high)
        return [Table(item, self.say, f"`{field}` number {n}: ") for n, item in enumerate(value, 1)]

    def only(self, fields: Iterable[str], what: str) -> None:
        known = list(fields)
        for field in self.table:
            if field not in known:
                near = difflib.get_close_matches(field, known, n=1)
                advice = f"did you mean `{near[0]}`?" if near else "delete it."
                self.say(f"`{field}` is not a field of {what}; {advice}")

    def count(self, field: str, count: int, low: int, high: int) -> None:
        if not low <= count <= high:
            self.say(f"`{field}` has {count} entries; write {low} to {high}.")


def no_twins(table: Table, field: str, texts: Iterable[str]) -> None:
    seen: set[str] = set()
    for text in texts:
        plain = text.strip()
        if plain and plain in seen:
            table.say(f"`{field}`: {plain!r} stands there twice; make each one different.")
        seen.add(plain)
