"""Schemas as one reads them: references followed, allOf merged, null apart from the rest."""

from collections.abc import Mapping
from typing import Any

import msgspec

from backroad.verifier.openapi.document import Document, Node

DEEPEST = 12


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """One schema. `data` holds its keywords, of allOf together and of the first branch of anyOf and oneOf."""

    data: Node
    kind: str  # string, integer, number, boolean, array, object; empty: unknown
    nullable: bool = False
    fields: Mapping[str, "Shape"] = {}
    required: frozenset[str] = frozenset()
    items: "Shape | None" = None

    @property
    def words(self) -> str:
        return str(self.data.get("description") or "")

    @property
    def closed(self) -> bool:
        """It takes no fields that it does not name."""
        return self.data.get("additionalProperties") is False

    @property
    def read_only(self) -> bool:
        return self.data.get("readOnly") is True

    @property
    def choices(self) -> list[Any]:
        return [self.data["const"]] if "const" in self.data else list(self.data.get("enum") or ())

    @property
    def free_text(self) -> bool:
        """Any text will do, as far as the schema says."""
        return self.kind == "string" and not self.choices and not self.data.keys() & {"format", "pattern"}


def shape(document: Document, schema: Any, depth: int = 0) -> Shape:
    data, nullable = merged(document, schema, depth)
    kinds = data.get("type")
    kinds = [kinds] if isinstance(kinds, str) else list(kinds or ())
    nullable = nullable or "null" in kinds or data.get("nullable") is True
    kinds = [kind for kind in kinds if kind != "null"]
    kind = kinds[0] if kinds else "object" if "properties" in data else "array" if "items" in data else ""
    fields = data.get("properties") if isinstance(data.get("properties"), dict) else {}
    deeper = depth < DEEPEST
    return Shape(
        data=data,
        kind=str(kind),
        nullable=nullable,
        fields={name: shape(document, inner, depth + 1) for name, inner in (fields or {}).items()} if deeper else {},
        required=frozenset(name for name in data.get("required") or () if isinstance(name, str))
        if isinstance(data.get("required"), list)
        else frozenset(),
        items=shape(document, data["items"], depth + 1) if deeper and isinstance(data.get("items"), dict) else None,
    )


def merged(document: Document, schema: Any, depth: int) -> tuple[dict[str, Any], bool]:
    """All its keywords in one, and whether null is one of the choices."""
    if not isinstance(schema, dict) or depth > DEEPEST:
        return {}, False
    beside = {key: value for key, value in schema.items() if key not in ("$ref", "allOf", "anyOf", "oneOf")}
    parts = [document.follow({"$ref": schema["$ref"]})] if isinstance(schema.get("$ref"), str) else []
    parts += schema.get("allOf") or []
    nullable = False
    for choice in ("anyOf", "oneOf"):
        branches = [branch for branch in schema.get(choice) or () if isinstance(branch, dict)]
        solid = [branch for branch in branches if document.follow(branch).get("type") != "null"]
        nullable = nullable or len(solid) < len(branches)
        parts += solid[:1]
    data: dict[str, Any] = {}
    for part in parts:
        inner, null = merged(document, part, depth + 1)
        nullable = nullable or null
        join(data, inner)
    join(data, beside)
    return data, nullable


def join(data: dict[str, Any], more: Mapping[str, Any]) -> None:
    for key, value in more.items():
        if key == "properties" and isinstance(value, dict):
            data[key] = {**data.get(key, {}), **value}
        elif key == "required" and isinstance(value, list):
            data[key] = [*data.get(key, []), *value]
        else:
            data[key] = value


def answer_shape(document: Document, responses: Mapping[str, Node], statuses: list[int]) -> Shape:
    """The JSON body of the first of these answers that has one."""
    from backroad.verifier.openapi.document import is_json

    for status in statuses:
        for kind, media in (responses.get(str(status), {}).get("content") or {}).items():
            if is_json(kind):
                return shape(document, (media or {}).get("schema"))
    return Shape(data={}, kind="")
