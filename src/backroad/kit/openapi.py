"""The OpenAPI document: Litestar's, with what it leaves unsaid."""

from collections.abc import Iterator
from typing import Any

from litestar import Request
from litestar.openapi.plugins import JsonRenderPlugin

from backroad.kit.rest import describe

Schema = dict[str, Any]


class Described(JsonRenderPlugin):
    """The document as JSON, and nothing that would load a viewer from elsewhere."""

    def __init__(self, *, limited: bool = False) -> None:
        super().__init__()
        self.limited = limited

    def render(self, request: Request[Any, Any, Any], openapi_schema: Schema) -> bytes:
        complete(openapi_schema)
        describe(openapi_schema, limited=self.limited)
        return super().render(request, openapi_schema)


def complete(document: Schema) -> None:
    """Bodies take no other fields than theirs, and a tuple is an array of so many items. Doing it twice is harmless."""
    schemas = document["components"]["schemas"]
    for name in _bodies(document):
        schemas[name]["additionalProperties"] = False
    for schema in _objects(schemas):
        items = schema.get("prefixItems", [])
        if items and all(item == items[0] for item in items):
            del schema["prefixItems"]
            schema |= {"items": items[0], "minItems": len(items), "maxItems": len(items)}


def _bodies(document: Schema) -> Iterator[str]:
    """Names of the schemas that requests send."""
    for path in document["paths"].values():
        for operation in path.values():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                if "$ref" in media["schema"]:  # else it is no JSON
                    yield media["schema"]["$ref"].rpartition("/")[2]


def _objects(value: Any) -> Iterator[Schema]:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inside:
        yield from _objects(part)
    if isinstance(value, dict):
        yield value
