"""What an API is about: a path that lists and creates, and the path of one thing below it."""

import re
from collections.abc import Iterable

import msgspec

from backroad.verifier.openapi.document import Document, Operation
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.schemas import Shape, answer_shape, shape

TEXTS = ("title", "text", "body", "content", "note", "description", "summary", "subject", "message", "name", "label")
UNIQUES = ("alias", "slug", "username", "user_name", "handle")
WEBS = ("url", "uri", "link", "website", "homepage", "target_url", "href")
LISTS = ("items", "data", "results", "entries", "records", "content", "value", "values")
LIMITS = ("limit", "per_page", "perPage", "page_size", "pageSize", "size", "count", "first")
OFFSETS = ("offset", "skip", "start")
PAGES = ("page", "page_number", "pageNumber")
CURSORS = ("cursor", "page_token", "pageToken", "starting_after", "after", "next_cursor", "continue")
NEXTS = ("next_cursor", "nextCursor", "next_page_token", "nextPageToken", "next", "cursor", "continue")
IDS = ("id", "uuid", "slug", "key", "alias", "code", "name")
RESTLESS = re.compile(
    r"(?i)(^|_)(age|ago|remaining|views?|view_count|reads|hits|now)$|_in$|last_(seen|read|view|access)"
)
EDITED = re.compile(r"(?i)updat|modif|chang|edit|version|revision|etag")
KEY_OF_ANOTHER = re.compile(r"(?i)(_id|Id|_uuid|_ref)$|^(ref|parent)$")


CHOSEN = 100.0  # points for being named by the hints


class Paging(msgspec.Struct, frozen=True, kw_only=True):
    style: str = ""  # cursor, offset, page; empty: none
    limit: str = ""
    position: str = ""  # the parameter that moves on
    next: str = ""  # field of the page that holds the next cursor
    default_size: int = 0
    max_size: int = 0  # 0: not said
    first: int = 1  # number of the first page


class Resource(msgspec.Struct, frozen=True, kw_only=True):
    path: str
    item_path: str
    create: Operation
    listing: Operation
    read: Operation
    change: Operation | None  # PATCH, else PUT
    delete: Operation | None
    body: Shape  # that creates
    change_body: Shape
    thing: Shape  # as it is read
    created: Shape  # as it is answered when created
    items: str  # field of a list that holds them; empty: the list is the body
    item: Shape
    paging: Paging
    id: str  # field that stands in the item's path
    text: str
    unique: str
    web: str
    instant: str
    score: float

    @property
    def operations(self) -> tuple[Operation, ...]:
        return tuple(one for one in (self.listing, self.create, self.read, self.change, self.delete) if one is not None)

    @property
    def writable(self) -> tuple[str, ...]:
        """Fields that a client sets, and that come back."""
        return tuple(
            name for name, field in self.body.fields.items() if name in self.thing.fields and not field.read_only
        )

    @property
    def stable(self) -> tuple[str, ...]:
        """Fields that stay what they are until somebody changes the thing."""
        return tuple(name for name in self.thing.fields if name in self.writable or not RESTLESS.search(name))

    def unclear_keys(self, hints: Hints) -> list[str]:
        """Required fields that look like the id of something that must exist."""
        return [
            name
            for name in sorted(self.body.required)
            if name in self.body.fields
            and KEY_OF_ANOTHER.search(name)
            and not self.body.fields[name].choices
            and name not in hints.draft
        ]


class Passed(msgspec.Struct, frozen=True):
    """A path that looked like one, and why it is none."""

    path: str
    reason: str


def find(document: Document, hints: Hints) -> tuple[list[Resource], list[Passed]]:
    """Best first."""
    found: list[Resource] = []
    passed: list[Passed] = []
    for create in document.operations:
        if create.method != "POST" or not create.bodies:
            continue
        read = item_of(document, create.path)
        if read is None:
            continue
        try:
            found.append(resource(document, create, read, hints))
        except Unfit as unfit:
            passed.append(Passed(create.path, str(unfit)))
    return sorted(found, key=lambda one: -one.score), passed


class Unfit(Exception):
    pass


def item_of(document: Document, path: str) -> Operation | None:
    """GET of one thing below a collection."""
    pattern = re.compile(re.escape(path.rstrip("/")) + r"/\{[^/{}]+\}/?")
    return next((one for one in document.operations if one.method == "GET" and pattern.fullmatch(one.path)), None)


def resource(document: Document, create: Operation, read: Operation, hints: Hints) -> Resource:
    path = create.path
    listing = exact(document, "GET", path)
    if "{" in path:
        raise Unfit("lies below another thing")
    if listing is None:
        raise Unfit("has no GET that lists")
    body = shape(document, create.json_body() or {})
    if not body.fields:
        raise Unfit("takes no JSON object whose fields are described")
    if create.success() == [202]:
        raise Unfit("is answered 202, so that it is not said when the thing is there")
    thing = answer_shape(document, read.responses, read.success())
    if not thing.fields:
        raise Unfit("is read as something whose fields are not described")
    created = answer_shape(document, create.responses, create.success())
    changes = exact(document, "PATCH", read.path) or exact(document, "PUT", read.path)
    change_body = shape(document, changes.json_body() or {}) if changes else Shape(data={}, kind="")
    items, item = list_of(document, listing)
    known = {
        name: body.fields[name] for name in body.fields if name in thing.fields and not body.fields[name].read_only
    }
    changeable = {name: field for name, field in known.items() if name in change_body.fields} or known
    text = hints.text or pick_text(changeable)
    unique = hints.unique or pick_unique({name: one for name, one in body.fields.items() if not one.read_only}, create)
    score = 2.0 * bool(text) + 2 * bool(changes) + (item is not None) + 0.1 * len(known) + 0.5 * bool(unique)
    delete = exact(document, "DELETE", read.path)
    is_chosen = bool(hints.collection) and hints.collection in (path, path.removeprefix(document.base_path))
    found = Resource(
        path=path, item_path=read.path, create=create, listing=listing, read=read, change=changes, delete=delete,
        body=body, change_body=change_body, thing=thing, created=created, items=items if item else "?",
        item=item or Shape(data={}, kind=""), paging=paging_of(document, listing), text=text, unique=unique,
        id=id_of(read, thing, created), web=hints.web or pick_web(known), instant=pick_instant(known),
        score=score + 2 * (delete is not None) + (CHOSEN if is_chosen else 0),
    )  # fmt: skip
    return msgspec.structs.replace(found, score=found.score - 3 * len(found.unclear_keys(hints)))


def exact(document: Document, method: str, path: str) -> Operation | None:
    same = {path, path.rstrip("/")}
    return next((one for one in document.operations if one.method == method and one.path in same), None)


def list_of(document: Document, listing: Operation) -> tuple[str, Shape | None]:
    """The field that holds the things, and what they look like."""
    page = answer_shape(document, listing.responses, listing.success())
    if page.kind == "array":
        return "", page.items
    arrays = {name: field for name, field in page.fields.items() if field.kind == "array"}
    last = listing.path.rstrip("/").rpartition("/")[2]
    name = next((name for name in (*LISTS, last) if name in arrays), next(iter(arrays), ""))
    return (name, arrays[name].items) if name else ("", None)


def pick(names: Iterable[str], known: dict[str, Shape]) -> str:
    return next((name for name in names if name in known), "")


def pick_text(known: dict[str, Shape]) -> str:
    free = {name: field for name, field in known.items() if field.free_text}
    roomy = {name: field for name, field in free.items() if int(field.data.get("maxLength") or 1000) >= 40}
    plain = [
        name
        for name in roomy
        if not KEY_OF_ANOTHER.search(name) and name.lower() not in (*UNIQUES, *WEBS, "email", "password")
    ]
    return pick(TEXTS, roomy) or next(iter(plain), "")


def pick_unique(known: dict[str, Shape], create: Operation) -> str:
    """Only names that are unique for everybody; others may be so within one owner."""
    if not create.declared(409) or create.declared(409) == "default":
        return ""
    return pick(UNIQUES, {name: field for name, field in known.items() if field.kind == "string"})


def pick_web(known: dict[str, Shape]) -> str:
    texts = {name: field for name, field in known.items() if field.kind == "string"}
    return pick(WEBS, texts) or next(
        (name for name, one in texts.items() if one.data.get("format") in ("uri", "url")), ""
    )


def pick_instant(known: dict[str, Shape]) -> str:
    return next((name for name, one in known.items() if one.data.get("format") == "date-time"), "")


def id_of(read: Operation, thing: Shape, created: Shape) -> str:
    """The field whose value stands in the item's path."""
    parameter = read.parameter_names[-1]
    last = read.path.rstrip("/").split("/")[-2]
    singular = last.removesuffix("s")
    short = re.sub(r"(?i)^" + re.escape(singular) + r"[_-]?", "", parameter) or parameter
    for name in (parameter, short, short[:1].lower() + short[1:], *IDS):
        if name in (created.fields or thing.fields):
            return name
    return ""


def paging_of(document: Document, listing: Operation) -> Paging:
    numbers = {one.name: shape(document, one.schema) for one in listing.parameters if one.where == "query"}
    limit = pick(LIMITS, numbers)
    found = answer_shape(document, listing.responses, listing.success()).fields
    following = pick(NEXTS, dict(found))
    style, position = "", ""
    if limit:
        for kind, names in (("cursor", CURSORS), ("offset", OFFSETS), ("page", PAGES)):
            name = pick(names, numbers)
            if name and (kind != "cursor" or following):
                style, position = kind, name
                break
    size = numbers[limit].data if limit else {}
    start = numbers[position].data.get("minimum", numbers[position].data.get("default", 1)) if style == "page" else 1
    return Paging(
        style=style, limit=limit, position=position, next=following if style == "cursor" else "",
        default_size=whole(size.get("default")), max_size=whole(size.get("maximum")), first=0 if start == 0 else 1,
    )  # fmt: skip


def whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
