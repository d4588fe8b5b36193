"""No check: what in a JSON value does not fit a schema, by the keywords that descriptions of APIs use.

Keywords that are not known here are passed over: that may miss a fault, and never makes one up.
"""

import re
from collections.abc import Iterator
from typing import Any

from backroad.verifier.expect import same
from backroad.verifier.wording import value

Document = dict[str, Any]
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,), "array": (list,),
    "object": (dict,), "null": (type(None),),
}  # fmt: skip
DEPTH = 40


def resolved(document: Document, node: Any) -> Document:
    """The node, or what its `$ref` leads to within the document; empty if that is nowhere."""
    for _ in range(DEPTH):
        if not isinstance(node, dict) or not isinstance(node.get("$ref"), str):
            break
        found: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found.get(part.replace("~1", "/").replace("~0", "~"), {}) if isinstance(found, dict) else {}
        node = found
    return node if isinstance(node, dict) else {}


def misfits(document: Document, schema: Any, thing: Any, where: str = "the body", depth: int = 0) -> Iterator[str]:
    """Sentences, the outermost first."""
    rules = resolved(document, schema)
    if depth > DEPTH:
        return
    if "type" in rules and not is_a(thing, rules["type"]):
        yield f"{where} is not of type {value(rules['type'])}: {value(thing)}"
    if "const" in rules and not same(thing, rules["const"]):
        yield f"{where} is not {value(rules['const'])}: {value(thing)}"
    if "enum" in rules and not any(same(thing, choice) for choice in rules["enum"]):
        yield f"{where} is none of {value(rules['enum'])}: {value(thing)}"
    if isinstance(thing, str) and isinstance(rules.get("pattern"), str) and not matches(rules["pattern"], thing):
        yield f"{where} does not match {rules['pattern']}: {value(thing)}"
    for part in rules.get("allOf", ()):
        yield from misfits(document, part, thing, where, depth + 1)
    if isinstance(thing, dict):
        known = rules.get("properties", {})
        yield from (f"{where} has no {name}" for name in rules.get("required", ()) if name not in thing)
        if rules.get("additionalProperties") is False:
            yield from (f"{where} has {name}, which is not described" for name in thing if name not in known)
        for name in filter(thing.__contains__, known):
            yield from misfits(document, known[name], thing[name], name, depth + 1)
    if isinstance(thing, list) and "items" in rules:
        for number, item in enumerate(thing):
            yield from misfits(document, rules["items"], item, f"{where}, entry {number},", depth + 1)


def is_a(thing: Any, kinds: Any) -> bool:
    names = kinds if isinstance(kinds, list) else [kinds]
    if isinstance(thing, bool):
        return "boolean" in names
    if isinstance(thing, float) and thing.is_integer() and "integer" in names:
        return True
    return any(isinstance(thing, TYPES.get(name, (object,))) for name in names)


def matches(pattern: str, text: str) -> bool:
    try:
        return re.search(pattern, text) is not None
    except re.error:  # a dialect that is not Python's
        return True
