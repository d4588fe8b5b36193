"""Documents as the shell writes them, and as they are compared. Runs inside the child."""

import datetime
import json
import re
from typing import Any, NamedTuple

from backroad.drills.sandbox import served, shell

LONGEST_CELL = 200
GIVEN = "00000000"
"""With these begins the UUID that stands for an ObjectId whose digits were given."""
MOST_COLUMNS = 8
PLAIN_KEY = re.compile(r"[A-Za-z_$][\w$]*")


class Ordered(dict[str, Any]):
    """A document whose order of fields says something: the key of an index."""


class Outcome(NamedTuple):
    """`kind` is `documents`, `values`, `value` or `wrote`: what a writing call says it has done."""

    kind: str
    values: list[Any]


class Shown:
    """Shows values; an ObjectId that stands in no script was made by the database, and is another one at each run."""

    def __init__(self, statements: list[shell.Statement]) -> None:
        self.known: set[str] = set()
        for statement in statements:
            for call in statement.calls:
                self.learn(call.arguments)

    def learn(self, value: Any) -> None:
        if isinstance(value, shell.ObjectId):
            self.known.add(value.digits)
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                self.learn(inner)

    def parts(self, outcome: Outcome) -> list[dict[str, Any]]:
        values = outcome.values
        if outcome.kind == "values":
            values = sorted(values, key=lambda value: json.dumps(self.plain(value), sort_keys=True))
        return [{"value": json.dumps(self.plain(value), sort_keys=True), "cells": []} for value in values]

    def found(self, outcome: Outcome) -> dict[str, Any]:
        parts = self.parts(outcome)
        values = outcome.values
        if outcome.kind == "values":
            values = [json.loads(part["value"]) for part in parts]
        if sum(len(part["value"]) for part in parts) > served.LONGEST_RESULT:
            raise served.Stopped(f"it gives more than {served.LONGEST_RESULT // 1024} KiB")
        columns = [outcome.kind.rstrip("s") if outcome.kind != "wrote" else "result"]
        tabular = bool(values) and all(isinstance(value, dict) and value for value in values)
        fields = list(dict.fromkeys(key for value in values for key in _id_first(value))) if tabular else []
        if 0 < len(fields) <= MOST_COLUMNS:
            columns = fields
        for part, value in zip(parts, values, strict=True):
            cells = [self.cell(value[key]) if key in value else "" for key in fields] if columns == fields else []
            part["cells"] = [cells or [self.cell(value)]]
        printed = [self.shown(value) for value in outcome.values] if outcome.kind != "values" else []
        printed = printed or [part["cells"][0][0] for part in parts]
        return {"columns": columns, "parts": parts, "printed": "\n".join(printed), "noun": outcome.kind}

    def cell(self, value: Any) -> str:
        text = self.shown(value) if not isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 1] + "…"

    def plain(self, value: Any) -> Any:
        """As JSON, in which equal values are equal texts."""
        if isinstance(value, bool) or value is None or isinstance(value, str):
            return value
        if isinstance(value, int | float):
            number = float(f"{value:.12g}") if isinstance(value, float) else value
            return int(number) if isinstance(number, float) and number.is_integer() else number
        if isinstance(value, Ordered):
            return [[key, self.plain(inner)] for key, inner in value.items()]
        if isinstance(value, dict):
            return {str(key): self.plain(inner) for key, inner in value.items()}
        if isinstance(value, list | tuple):
            return [self.plain(inner) for inner in value]
        return {"$shell": self.shown(value)}

    def shown(self, value: Any) -> str:
        """As the shell writes it."""
        if isinstance(value, dict):
            if set(value) == {"$shell"}:
                return str(value["$shell"])
            inner = ", ".join(f"{_key(str(key))}: {self.shown(value[key])}" for key in _id_first(value))
            return f"{{{inner}}}"
        if isinstance(value, list | tuple):
            return f"[{', '.join(map(self.shown, value))}]"
        if isinstance(value, bool) or value is None or isinstance(value, str | int | float):
            return json.dumps(self.plain(value), ensure_ascii=False)
        if isinstance(value, datetime.datetime):
            whole = value.replace(tzinfo=None).isoformat(timespec="milliseconds" if value.microsecond else "seconds")
            return f'ISODate("{whole}Z")'
        digits = str(value)
        if digits.startswith(f"{GIVEN}-"):
            digits = digits.replace("-", "").removeprefix(GIVEN)
        if re.fullmatch(r"[0-9a-f]{24}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", digits):
            return f'ObjectId("{digits}")' if digits in self.known else "ObjectId(new)"
        return digits[:LONGEST_CELL]


def _id_first(document: dict[str, Any]) -> list[str]:
    """As MongoDB gives the fields."""
    return sorted(document, key=lambda key: key != "_id")


def _key(key: str) -> str:
    return key if PLAIN_KEY.fullmatch(key) else json.dumps(key, ensure_ascii=False)
