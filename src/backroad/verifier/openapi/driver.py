"""The driver of an API that only its document describes."""

import asyncio
import base64
from collections.abc import Callable, Mapping
from typing import Any, NoReturn
from urllib.parse import quote, urlsplit

from backroad.verifier import expect
from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.bench import Bench
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.driver import Person, Thing
from backroad.verifier.exchange import Request
from backroad.verifier.openapi.collection import collection_of, health_of
from backroad.verifier.openapi.document import Operation, fits
from backroad.verifier.openapi.facts import Subject
from backroad.verifier.openapi.identities import Scheme
from backroad.verifier.openapi.people import PeopleDriver
from backroad.verifier.openapi.resources import EDITED, RESTLESS
from backroad.verifier.openapi.schemas import Shape, shape
from backroad.verifier.openapi.values import CannotMake
from backroad.verifier.wording import excerpt

LONG_AGO = "2001-02-03T04:05:06Z"
MOST_PRIVATE = 40


class OpenApiDriver(PeopleDriver):
    """Made for each check. What its document does not tell is left out by `available`, never guessed here."""

    def __init__(self, bench: Bench, subject: Subject) -> None:
        super().__init__(bench, subject)
        self.collection = collection_of(subject)
        self.health = health_of(subject) or self.resource.path
        common = self.resource.path.rstrip("/").rpartition("/")[0]
        self.nowhere = f"{common}/no/such/page"

    # things

    def draft(self, **fields: Any) -> dict[str, Any]:
        body, found = self.resource.body, self.resource
        wanted = {name for name in body.required if name in body.fields and not body.fields[name].read_only}
        wanted |= {name for name in (found.text, found.unique, found.web) if name in body.fields}
        try:
            made = {name: self.maker.value(body.fields[name], name) for name in body.fields if name in wanted}
        except CannotMake as problem:
            raise Unavailable(f"{problem}; [openapi.draft] can give a value") from None
        if found.text in made and body.fields[found.text].free_text and found.text not in self.hints.draft:
            made[found.text] = self.maker.text(body.fields[found.text], found.text)  # never an example: each differs
        made |= self.hints.draft
        return {name: value for name, value in {**made, **fields}.items() if value is not ...}

    def created(self, answer: Answer) -> Thing:
        if 400 <= answer.status < 500:
            raise Unavailable(
                f"a body that was made from the schema of {self.resource.create.name} was answered {answer.status} "
                f"{excerpt(answer.text)}; values for it can be given in [openapi.draft]"
            )
        expect.status(answer, self.resource.create.success() or (200, 201))
        body = answer.json() if answer.body else {}
        fields = {name: body[name] for name in self.resource.stable if isinstance(body, dict) and name in body}
        return Thing(path=self.path_of(answer), fields=fields, answer=answer)

    async def create(self, person: Person, **fields: Any) -> Thing:
        answer = await person.client.post(self.collection.path, json=self.draft(**fields))
        thing = self.created(answer)
        if not thing.fields:
            shown = expect.status(await person.client.get(thing.path), 200)
            fields = {name: value for name, value in shown.json().items() if name in self.resource.stable}
            return Thing(path=thing.path, fields=fields, answer=answer)
        return thing

    def path_of(self, answer: Answer) -> str:
        path = urlsplit(answer.headers.get("location") or "").path
        if path and fits(self.resource.item_path, path):
            return path
        body = answer.json() if answer.body else {}
        return self.path_of_item(body) if isinstance(body, dict) else self.lost()

    def path_of_item(self, item: dict[str, Any]) -> str:
        if self.resource.id not in item or not self.resource.id:
            self.lost()
        template = self.resource.item_path
        start, _, rest = template.rpartition("{")
        return start + quote(str(item[self.resource.id]), safe="") + rest.partition("}")[2]

    def lost(self) -> NoReturn:
        raise Unavailable("it is not said where a new thing lives: neither by Location nor by a field of it")

    # how it refuses

    def refused(self, answer: Answer | NoAnswer, *fields: str) -> None:
        document = expect.problem(answer, 422)
        if self.names_fields() and document:
            super().refused(answer, *fields)

    def names_fields(self) -> bool:
        """The document describes errors as a list of entries with a `field`."""
        for key in ("422", "400"):
            content = (self.resource.create.responses.get(key) or {}).get("content") or {}
            for media in content.values():
                entries = shape(self.document, (media or {}).get("schema")).fields.get("errors")
                if entries is not None and entries.items is not None and "field" in entries.items.fields:
                    return True
        return False

    # what it guards

    def private(self) -> list[Request]:
        sockets = {"101", "426"}  # an upgrade is asked for in another way
        closed = [one for one in self.document.operations if not one.open and not sockets & one.responses.keys()]
        return [self.filled(one) for one in closed[:MOST_PRIVATE]]

    def filled(self, operation: Operation) -> Request:
        """A request as the schema wants it, for ids that nobody has."""
        path = operation.path
        for one in operation.parameters:
            if one.where == "path":
                made = self.maker.value(shape(self.document, one.schema), one.name)
                path = path.replace("{" + one.name + "}", quote(str(made), safe=""))
        query = {
            one.name: self.maker.value(shape(self.document, one.schema), one.name)
            for one in operation.parameters
            if one.where == "query" and one.required
        }
        body: Any = ...
        schema = operation.json_body()
        if schema is not None:
            body = self.draft() if operation is self.resource.create else self.tried(shape(self.document, schema))
        return Request(operation.method, path, json=body, query=query or None)

    def tried(self, wanted: Shape) -> Any:
        try:
            return self.maker.value(wanted)
        except CannotMake:
            return {}

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        key, scheme = person.secret, self.identity.scheme or Scheme("bearer")
        found = {
            "an unknown key": scheme.headers(key[::-1]),
            "a key without its last character": scheme.headers(key[:-1]),
            "an injection": scheme.headers("' OR '1'='1"),
        }
        if scheme.kind == "bearer":
            found["a key under another scheme"] = {"Authorization": f"Basic {key}"}
            found["a scheme without a key"] = {"Authorization": "Bearer "}
        if scheme.kind == "basic":
            found = {
                "an unknown name": scheme.headers(base64.b64encode(b"nobody:nothing").decode()),
                "no base64": scheme.headers("%%%"),
                "a scheme without a key": {"Authorization": "Basic "},
            }
        return found

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        found: dict[str, list[str]] = {}
        for one in self.document.operations:
            found.setdefault(self.filled(one).path if "{" in one.path else one.path, []).append(one.method)
        merged: dict[str, tuple[str, ...]] = {}
        for path, names in found.items():
            template = next(one.path for one in self.document.operations if fits(one.path, path))
            if template.count("{") <= 1:
                merged[path] = tuple(names)
        return self.of_one_template(merged)

    def of_one_template(self, found: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[str, ...]]:
        """Each template was filled once for each method; all its methods belong to one path."""
        by_template: dict[str, tuple[str, list[str]]] = {}
        for path, names in found.items():
            template = next(
                one.path for one in self.document.operations if one.method in names and fits(one.path, path)
            )
            by_template.setdefault(template, (path, []))[1].extend(names)
        return {path: tuple(dict.fromkeys(names)) for path, names in by_template.values()}

    def read_only(self, other: Person) -> Mapping[str, Any]:
        """Fields that come back and are not among those that a client sends."""
        found: dict[str, Any] = {}
        for name, field in self.resource.thing.fields.items():
            sent = self.resource.body.fields.get(name)
            said = field.read_only or (sent is None and (name in ("id", "uuid") or is_owner(name)))
            created = sent is None and name.lower().startswith("created")
            if (said and not EDITED.search(name) and not RESTLESS.search(name)) or created:
                found[name] = self.forged(field)
        return {name: value for name, value in found.items() if value is not None}

    def forged(self, field: Shape) -> Any:
        if field.kind == "integer":
            return 987_654
        if field.data.get("format") == "date-time":
            return LONG_AGO
        if field.kind == "string" and not field.choices:
            return self.tried(field)
        return None

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = self.path_of_item({self.resource.id: text})
        found = {"the id of a thing": person.request("GET", path)}
        if self.resource.delete is not None:
            found["the id of a thing to delete"] = person.request("DELETE", path)
        if self.identity.scheme is not None and not self.resource.listing.open:
            found["a key"] = Request("GET", self.collection.path, headers=self.identity.scheme.headers(text))
        return found

    def readable(self, person: Person, thing: Thing) -> list[Request]:
        return [person.request("GET", self.collection.path), person.request("GET", thing.path)]

    # many of them

    async def fill(self, person: Person, count: int) -> list[Thing]:
        made: list[Thing] = []
        drafts = [self.draft() for _ in range(count)]

        async def some(bodies: list[dict[str, Any]]) -> None:
            client = self.bench.client(person.credentials)
            for body in bodies:
                answer = await client.post(self.collection.path, json=body)
                if len(made) < 50:
                    made.append(self.created(answer))
                expect.no_5xx(answer)

        await asyncio.gather(*(some(drafts[start::8]) for start in range(8)))
        return made

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        return {
            "lookup": lambda: person.request("GET", self.bench.random.choice(things).path),
            "page": lambda: person.request("GET", self.collection.path),
            "write": lambda: person.request("POST", self.collection.path, json=self.draft()),
        }


def is_owner(name: str) -> bool:
    return name.lower() in ("owner", "owner_id", "ownerid", "user_id", "userid", "author_id", "created_by", "createdby")
