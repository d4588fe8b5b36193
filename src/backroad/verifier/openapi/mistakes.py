"""The first mistake of a document, with the JSON pointer of its place. Not a whole validator: what we build on."""

from collections.abc import Iterator
from typing import Any

from backroad.verifier.errors import VerifierError
from backroad.verifier.openapi.document import METHODS, Document
from backroad.verifier.openapi.schema_mistakes import wrong_schema

PLACES = ("query", "header", "path", "cookie")
HINT = "A validator of OpenAPI documents shows all of them."


class Wrong(Exception):
    """`at` is a JSON pointer."""

    def __init__(self, at: tuple[str | int, ...], what: str) -> None:
        super().__init__(what)
        self.at = at
        self.what = what


def checked(data: Any, source: str) -> Document:
    """The document, if it can be worked with; else one sentence."""
    try:
        version(data)
        references(data, data)
        paths(data)
        wrong = wrong_schema(data)
        if wrong is not None:
            raise Wrong(*wrong)
        return Document(data, source)
    except Wrong as wrong:
        raise VerifierError(f"{source}: {pointer(wrong.at)} {wrong.what}.", hint=HINT if wrong.at else "") from None
    except RecursionError:
        raise VerifierError(f"{source}: too deep to be read.") from None


def pointer(parts: tuple[str | int, ...]) -> str:
    return "#" + "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def version(data: Any) -> None:
    if not isinstance(data, dict):
        raise Wrong((), "must be an object with openapi, info and paths")
    if "swagger" in data:
        raise Wrong(("swagger",), "says Swagger 2, which is not read; convert the document to OpenAPI 3")
    found = data.get("openapi")
    if not isinstance(found, str):
        raise Wrong(("openapi",), 'must be a text such as "3.1.0"' if "openapi" in data else "is missing")
    if not found.startswith(("3.0", "3.1")):
        raise Wrong(("openapi",), f'is "{found[:20]}"; 3.0 and 3.1 are read')
    if not isinstance(data.get("info", {}), dict):
        raise Wrong(("info",), "must be an object")
    for at, server in enumerate(listed(data, "servers", ())):
        if not isinstance(server, dict) or not isinstance(server.get("url", ""), str):
            raise Wrong(("servers", at), "must be an object with a url")
    components = mapped(data, "components", ())
    for name, scheme in mapped(components, "securitySchemes", ("components",)).items():
        if not isinstance(scheme, dict):
            raise Wrong(("components", "securitySchemes", name), "must be an object")
    security(data, ())


def references(data: Any, root: Any) -> None:
    """Every `$ref` leads somewhere in this document, and to no circle of references alone."""
    document = Document.__new__(Document)
    document.data, document.source = root, ""
    for at, target in found_references(data, (), set()):
        if not target.startswith("#"):
            raise Wrong((*at, "$ref"), f"leads to {target[:80]}; bundle the document into one file first")
        seen: list[str] = []
        while True:
            if target in seen:
                raise Wrong((*at, "$ref"), f"leads in a circle: {target[:80]}")
            seen.append(target)
            try:
                node = document.at(target)
            except (KeyError, IndexError, ValueError, TypeError):
                raise Wrong((*at, "$ref"), f"leads to {target[:80]}, which is not there") from None
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                break
            target = node["$ref"]


def found_references(
    node: Any, at: tuple[str | int, ...], seen: set[int]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if not isinstance(node, dict | list) or id(node) in seen:
        return
    seen.add(id(node))
    if isinstance(node, dict):
        named = at[-1:] == ("properties",)  # there it is the name of a field
        if isinstance(node.get("$ref"), str) and not named:
            yield at, node["$ref"]
        for key, value in node.items():
            if key not in ("example", "examples", "default", "enum", "const") or named:
                yield from found_references(value, (*at, key), seen)
    else:
        for number, value in enumerate(node):
            yield from found_references(value, (*at, number), seen)


def paths(data: Any) -> None:
    if "paths" not in data:
        raise Wrong(("paths",), "is missing")
    for path, item in mapped(data, "paths", ()).items():
        at: tuple[str | int, ...] = ("paths", path)
        if not isinstance(path, str) or not path.startswith("/"):
            raise Wrong(at, "must start with a slash")
        document = Document.__new__(Document)
        document.data, document.source = data, ""
        item = document.follow(item)
        if not isinstance(item, dict):
            raise Wrong(at, "must be an object with the methods of this path")
        parameters(document, item, at)
        for method in METHODS:
            if method in item:
                operation(document, item[method], (*at, method))


def operation(document: Document, data: Any, at: tuple[str | int, ...]) -> None:
    if not isinstance(data, dict):
        raise Wrong(at, "must be an object")
    parameters(document, data, at)
    security(data, at)
    for status, response in mapped(data, "responses", at).items():
        if not isinstance(document.follow(response), dict):
            raise Wrong((*at, "responses", str(status)), "must be an object")
        here = (*at, "responses", str(status))
        mapped(document.follow(response), "headers", here)
        for kind, media in mapped(document.follow(response), "content", here).items():
            if not isinstance(media, dict):
                raise Wrong((*here, "content", kind), "must be an object")
    body = document.follow(data.get("requestBody") or {})
    if not isinstance(body, dict):
        raise Wrong((*at, "requestBody"), "must be an object")
    for kind, media in mapped(body, "content", (*at, "requestBody")).items():
        if not isinstance(media, dict) or not isinstance(media.get("schema", {}), dict | bool):
            raise Wrong((*at, "requestBody", "content", kind), "must be an object with a schema")


def parameters(document: Document, data: Any, at: tuple[str | int, ...]) -> None:
    for number, raw in enumerate(listed(data, "parameters", at)):
        here = (*at, "parameters", number)
        one = document.follow(raw)
        if not isinstance(one, dict) or not isinstance(one.get("name"), str):
            raise Wrong(here, "must be an object with a name")
        if one.get("in") not in PLACES:
            raise Wrong((*here, "in"), f"must be one of {', '.join(PLACES)}")
        if not isinstance(one.get("schema", {}), dict | bool):
            raise Wrong((*here, "schema"), "must be an object")


def security(data: Any, at: tuple[str | int, ...]) -> None:
    for number, one in enumerate(listed(data, "security", at)):
        if not isinstance(one, dict):
            raise Wrong((*at, "security", number), "must be an object of scheme names")


def mapped(data: Any, key: str, at: tuple[str | int, ...]) -> dict[Any, Any]:
    found = data.get(key)
    if found is None:
        return {}
    if not isinstance(found, dict):
        raise Wrong((*at, key), "must be an object")
    return found


def listed(data: Any, key: str, at: tuple[str | int, ...]) -> list[Any]:
    found = data.get(key)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Wrong((*at, key), "must be a list")
    return found
