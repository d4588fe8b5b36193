"""The first schema of a document that is not one, with its place: the keywords that we read must be what they are."""

from collections.abc import Iterator
from typing import Any

At = tuple[str | int, ...]

KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "type": ((str, list), "a text or a list of texts"),
    "properties": ((dict,), "an object"),
    "required": ((list, bool), "a list"),
    "allOf": ((list,), "a list"),
    "anyOf": ((list,), "a list"),
    "oneOf": ((list,), "a list"),
    "items": ((dict, bool, list), "a schema"),
    "enum": ((list,), "a list"),
    "format": ((str,), "a text"),
    "pattern": ((str,), "a text"),
    "description": ((str,), "a text"),
    "minLength": ((int,), "a whole number"),
    "maxLength": ((int,), "a whole number"),
    "minItems": ((int,), "a whole number"),
    "minimum": ((int, float), "a number"),
    "maximum": ((int, float), "a number"),
    "multipleOf": ((int, float), "a number"),
}
LISTS = ("allOf", "anyOf", "oneOf")


def wrong_schema(data: Any) -> tuple[At, str] | None:
    """Its place and what is wrong; None if all are right."""
    for at, schema in schemas(data, (), set()):
        if not isinstance(schema, dict | bool):
            return at, "must be a schema: an object, or true or false"
        if not isinstance(schema, dict):
            continue
        for key, (kinds, name) in KINDS.items():
            value = schema.get(key)
            if key in schema and (not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds)):
                return (*at, key), f"must be {name}"
        if isinstance(schema.get("type"), list) and not all(isinstance(one, str) for one in schema["type"]):
            return (*at, "type"), "must be a text or a list of texts"
        if schema.get("multipleOf") is not None and schema["multipleOf"] <= 0:
            return (*at, "multipleOf"), "must be larger than 0"
    return None


def schemas(node: Any, at: At, seen: set[int]) -> Iterator[tuple[At, Any]]:
    """All schemas of a document, each once."""
    if not isinstance(node, dict | list) or id(node) in seen:
        return
    seen.add(id(node))
    for key, value in node.items() if isinstance(node, dict) else enumerate(node):
        here = (*at, key)
        if key in ("example", "examples", "default", "enum", "const"):
            continue
        if key == "schema" or (here[:2] == ("components", "schemas") and len(here) == 3):
            yield from within(value, here, seen)
        else:
            yield from schemas(value, here, seen)


def within(schema: Any, at: At, seen: set[int]) -> Iterator[tuple[At, Any]]:
    if isinstance(schema, dict):
        if id(schema) in seen:
            return
        seen.add(id(schema))
    yield at, schema
    if not isinstance(schema, dict):
        return
    if isinstance(schema.get("properties"), dict):
        for name, inner in schema["properties"].items():
            yield from within(inner, (*at, "properties", name), seen)
    for key in LISTS:
        for number, inner in enumerate(schema[key] if isinstance(schema.get(key), list) else ()):
            yield from within(inner, (*at, key, number), seen)
    if isinstance(schema.get("items"), dict):
        yield from within(schema["items"], (*at, "items"), seen)
