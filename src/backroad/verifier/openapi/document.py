"""A document that has been read: its operations, with every `$ref` followed and every path as it is asked for."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from backroad.verifier.errors import VerifierError

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
Node = Mapping[str, Any]


class Parameter(msgspec.Struct, frozen=True):
    name: str
    where: str  # query, header, path or cookie
    required: bool
    schema: Node


class Operation(msgspec.Struct, frozen=True, kw_only=True):
    method: str  # upper case
    path: str  # with the base path of the server, templates in braces
    data: Node
    parameters: tuple[Parameter, ...]
    responses: Mapping[str, Node]  # "200", "4XX", "default"
    bodies: Mapping[str, Node]  # media type -> schema of the request body
    schemes: tuple[str, ...]  # names of security schemes, any of which lets in
    open: bool  # works without credentials

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def words(self) -> str:
        """What is said about it, for people."""
        return f"{self.data.get('summary') or ''} {self.data.get('description') or ''}"

    @property
    def parameter_names(self) -> list[str]:
        return [part[1:-1] for part in self.path.split("/") if part.startswith("{") and part.endswith("}")]

    def declared(self, status: int) -> str:
        """The key under which an answer of this status is described; empty if it is not."""
        keys = {key.upper(): key for key in self.responses}
        return next((keys[key] for key in (str(status), f"{status // 100}XX", "DEFAULT") if key in keys), "")

    def success(self) -> list[int]:
        """The statuses of success that are named."""
        return sorted(int(key) for key in self.responses if key.isdigit() and 200 <= int(key) < 300)

    def parameter(self, name: str, where: str = "query") -> Parameter | None:
        return next((one for one in self.parameters if one.name == name and one.where == where), None)

    def json_body(self) -> Node | None:
        """The schema of the JSON that it takes."""
        kinds = sorted(self.bodies, key=lambda kind: kind != "application/json")
        return next((self.bodies[kind] for kind in kinds if is_json(kind)), None)


class Document:
    """Of OpenAPI 3.0 or 3.1. `source` is the file or URL, for sentences."""

    def __init__(self, data: Node, source: str) -> None:
        self.data = data
        self.source = source
        info = data.get("info") or {}
        self.title = str(info.get("title") or "An API")
        self.words = str(info.get("description") or "")
        servers = data.get("servers") or []
        url = servers[0].get("url", "") if servers and isinstance(servers[0], dict) else ""
        self.base_path = "" if "{" in url else urlsplit(url).path.rstrip("/")
        self.schemes: dict[str, Node] = {
            name: self.follow(scheme)
            for name, scheme in ((data.get("components") or {}).get("securitySchemes") or {}).items()
        }
        self.operations = tuple(self._operations())

    def follow(self, node: Any) -> Any:
        """The node, or where its `$ref` leads in the end."""
        for _ in range(100):
            if not (isinstance(node, dict) and isinstance(node.get("$ref"), str)):
                return node
            node = self.at(node["$ref"])
        raise VerifierError(f"{self.source}: {node['$ref']} leads in a circle.")

    def at(self, pointer: str) -> Any:
        """What a local reference such as `#/components/schemas/Link` points at."""
        if not pointer.startswith("#"):
            raise KeyError(pointer)
        node: Any = self.data
        for part in pointer[1:].split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            node = node[int(key)] if isinstance(node, list) else node[key]
        return node

    def operation(self, method: str, path: str) -> Operation | None:
        """The one that answers a request; exact paths come before templates."""
        path = path.partition("?")[0]
        method = "GET" if method == "HEAD" else method
        fitting = [one for one in self.operations if one.method == method and fits(one.path, path)]
        return min(fitting, key=lambda one: len(one.parameter_names), default=None)

    def _operations(self) -> Iterator[Operation]:
        for path, item in (self.data.get("paths") or {}).items():
            item = self.follow(item)
            for method in METHODS:
                if isinstance(item.get(method), dict):
                    yield self._operation(method.upper(), self.base_path + path, item, item[method])

    def _operation(self, method: str, path: str, item: Node, data: Node) -> Operation:
        named: dict[tuple[str, str], Parameter] = {}
        for raw in (*(item.get("parameters") or ()), *(data.get("parameters") or ())):
            one = self.follow(raw)
            schema = one.get("schema") or next((m.get("schema") for m in (one.get("content") or {}).values()), None)
            key = (one["name"], one["in"])
            named[key] = Parameter(*key, bool(one.get("required")), schema or {})
        body = self.follow(data.get("requestBody") or {})
        wanted = data.get("security", self.data.get("security") or [])
        return Operation(
            method=method,
            path=path,
            data=data,
            parameters=tuple(named.values()),
            responses={str(key): self.follow(value) for key, value in (data.get("responses") or {}).items()},
            bodies={kind: (media or {}).get("schema") or {} for kind, media in (body.get("content") or {}).items()},
            schemes=tuple(dict.fromkeys(name for one in wanted for name in one)),
            open=not wanted or any(not one for one in wanted),
        )


def is_json(kind: str) -> bool:
    kind = kind.split(";")[0].strip().lower()
    return kind in ("application/json", "*/*") or kind.endswith("+json")


def fits(template: str, path: str) -> bool:
    """`/links/{slug}` fits `/links/abc`."""
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return False
    return all(("{" in want and bool(have)) or want == have for want, have in zip(wanted, given, strict=True))
