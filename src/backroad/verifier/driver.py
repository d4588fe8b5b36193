"""What a lab tells the shared checks about its backend.

`labs/<slug>/driver.py` holds `class Driver(LabDriver)`: how one becomes a user, what a valid body is, what things are
called. Shared checks know only what is declared here. A driver gets things done and leaves judging to the checks:
where a check's subject is not how a thing was created, any 2xx will do.
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backroad.verifier import expect
from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.bench import Bench
from backroad.verifier.client import Client
from backroad.verifier.exchange import Request
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may use the target."""

    client: Client  # sends their credentials with every request
    credentials: Mapping[str, str]  # the headers that do so
    secret: str  # what proves who they are; may not turn up in logs or files

    def request(self, method: str, path: str, **options: Any) -> Request:
        """A request of theirs for `bench.at_once`."""
        headers = {**self.credentials, **options.pop("headers", {})}
        return Request(method=method, path=path, headers=headers, **options)


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something that a person created."""

    path: str  # where its owner reads, changes and deletes it
    fields: dict[str, Any]  # as answered when it was created
    answer: Answer  # that did so


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """The things a lab is about, and what the contract calls what they are made of."""

    path: str
    text: str  # a field that holds any Unicode text, nullable, can be changed
    unique: str = ""  # a field that no two things share
    web: str = ""  # a field that holds a web address, can be changed
    instant: str = ""  # a field that holds a date and time in the future, nullable, can be changed
    wrong: Mapping[str, Any] = {}  # for some fields a value that breaks a rule
    items: str = "items"
    next_cursor: str = "next_cursor"
    cursor: str = "cursor"
    limit: str = "limit"
    default_size: int = 20
    max_size: int = 100
    body_limit: int = 65_536  # bytes


def shows(answer: Answer, fields: Mapping[str, Any]) -> None:
    """The answer is an object with these fields; names the first that differs."""
    for name, wanted in fields.items():
        expect.field(answer, name, equals=wanted)


def forged_bearers(secret: str, name: str) -> Mapping[str, Mapping[str, str]]:
    """What looks like this bearer credential and is none; `name` is what the contract calls it."""
    return {
        f"an unknown {name}": {"Authorization": f"Bearer {secret[::-1]}"},
        f"a {name} without its last character": {"Authorization": f"Bearer {secret[:-1]}"},
        f"a {name} under another scheme": {"Authorization": f"Basic {secret}"},
        f"a scheme without a {name}": {"Authorization": "Bearer "},
        f"a {name} without a scheme": {"Authorization": secret},
        "an injection": {"Authorization": "Bearer ' OR '1'='1"},
    }


class LabDriver:
    """Hooks of the shared checks. A lab overrides those that the checks in its lab.toml use."""

    health = "/healthz"
    nowhere = "/no/such/page"  # a path that the contract does not have
    collection: Collection

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def person(self) -> Person:
        """Somebody new, with credentials."""
        raise NotImplementedError

    def draft(self, **fields: Any) -> dict[str, Any]:
        """A body that creates a thing, different each time; `fields` replace its own, `...` leaves one out."""
        raise NotImplementedError

    async def create(self, person: Person, **fields: Any) -> Thing:
        answer = await person.client.post(self.collection.path, json=self.draft(**fields))
        return self.created(answer)

    def created(self, answer: Answer) -> Thing:
        if not 200 <= answer.status < 300:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected=f"a new thing at {self.collection.path}", got=got, exchanges=(answer.exchange,))
        return Thing(path=self.path_of(answer), fields=dict(answer.json()), answer=answer)

    def path_of(self, answer: Answer) -> str:
        """Where the thing lives that this answer created."""
        return urlsplit(answer.headers.get("location") or "").path

    def path_of_item(self, item: dict[str, Any]) -> str:
        """The same for an entry of a list."""
        raise NotImplementedError

    def listed(self, answer: Answer) -> list[Any]:
        """The entries that a list shows."""
        return list(expect.field(answer, self.collection.items, type=list))

    def refused(self, answer: Answer | NoAnswer, *fields: str) -> None:
        """Fails unless the answer is a 422 problem document that names these fields."""
        document = expect.problem(answer, 422)
        named = self.named(document)
        expected = f"errors that name {' and '.join(fields)}"
        got = f"errors that name {', '.join(sorted(named))}" if named else f"no named errors: {excerpt(str(document))}"
        expect.that(named.issuperset(fields), expected=expected, got=got, answer=answer)

    def named(self, document: dict[str, Any]) -> set[str]:
        """The fields that a problem document names."""
        errors = document.get("errors")
        entries = errors if isinstance(errors, list) else []
        return {str(entry.get("field")) for entry in entries if isinstance(entry, dict)}

    def private(self) -> list[Request]:
        """Requests that need credentials, without any."""
        raise NotImplementedError

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        """What they are -> headers that look like credentials and are not."""
        raise NotImplementedError

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        """Path -> the methods that it takes."""
        raise NotImplementedError

    def read_only(self, other: Person) -> Mapping[str, Any]:
        """Fields that only the target sets -> a value worth forging; `other` is somebody else."""
        raise NotImplementedError

    def public(self, thing: Thing) -> list[str]:
        """Paths where everybody meets the thing."""
        return []

    def hit(self, thing: Thing) -> Request:
        """A request that everybody may send as often as they like."""
        raise NotImplementedError

    def guess(self) -> Request:
        """A wrong guess, of which the target takes `guesses` in `guess_seconds`; different each time."""
        raise NotImplementedError

    guesses = 30
    guess_seconds = 10

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        """Where -> a request that puts this text, unchanged, where a careless backend builds a query from it.

        The contract refuses each of these requests, whatever the text.
        """
        raise NotImplementedError

    async def fill(self, person: Person, count: int) -> list[Thing]:
        """Create many things, quickly; returns a few of them."""
        raise NotImplementedError

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        """What should not take longer the more things there are: `lookup`, `page`, `write` -> a fresh request."""
        raise NotImplementedError
