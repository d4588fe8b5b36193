"""The plan of a statement as a list of steps, such as `Index Only Scan using NAME on TABLE`. Runs inside the child."""

import json
from collections.abc import Iterator
from typing import Any

from backroad.drills.sandbox.postgresql_session import Session
from backroad.drills.sandbox.postgresql_words import bare

_PLANNED = ("select", "with", "insert", "update", "delete", "merge", "values", "table", "(")


def steps(session: Session, asked: list[str]) -> list[str]:
    """Of the last statement that has a plan; nothing where none has."""
    planned = [one for one in asked if bare(one).casefold().startswith(_PLANNED)]
    if not planned:
        return []
    plan = json.loads(session.value(f"EXPLAIN (FORMAT JSON) {bare(planned[-1])}"))
    return list(_steps(plan[0]["Plan"]))


def _steps(node: dict[str, Any]) -> Iterator[str]:
    index = f" using {node['Index Name']}" if "Index Name" in node else ""
    table = f" on {node['Relation Name']}" if "Relation Name" in node else ""
    yield f"{node['Node Type']}{index}{table}"
    for inner in node.get("Plans", ()):
        yield from _steps(inner)
