"""How the checks use a list of todos. See `backroad.verifier.driver` for what each hook is for."""

import weakref
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, LabDriver, Person, Thing
from backroad.verifier.target import Target

USUAL, PLACES = "/todos", ("/todos", "/")
_roots: "weakref.WeakKeyDictionary[Target, str]" = weakref.WeakKeyDictionary()


class Driver(LabDriver):
    collection = Collection(path=USUAL, text="notes", wrong={"title": 42, "completed": "yes", "order": 1.5})

    async def root(self) -> str:
        """Where the list is: backends of the public contract have it at /todos or at /."""
        target = self.bench.target
        if target not in _roots:
            client = self.bench.client()
            found = [path for path in PLACES if (await client.get(path)).status == 200]
            _roots[target] = found[0] if found else USUAL
        return _roots[target]

    async def fresh(self) -> str:
        """The root of a list that has just been emptied."""
        root = await self.root()
        expect.status(await self.bench.client().delete(root), (200, 202, 204))
        return root

    async def post(self, root: str, **fields: Any) -> Answer:
        """A new todo, by the public contract: 200 or 201."""
        return expect.status(await self.bench.client().post(root, json={"title": "a todo", **fields}), (200, 201))

    def path_behind(self, answer: Answer) -> str:
        """The path of the todo that this answer shows."""
        return urlsplit(expect.field(answer, "url", type=str)).path

    async def person(self) -> Person:
        """There are no accounts: everybody shares one list, which a new person finds empty."""
        await self.bench.client().delete(self.collection.path)
        return Person(client=self.bench.client(), credentials={}, secret="")

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word()
        body = {"title": f"Call {word}", "notes": f"About {word}"}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def listed(self, answer: Answer) -> list[Any]:
        found = answer.json()
        expect.that(
            isinstance(found, list), expected="an array", got=f"{answer.status} {answer.text[:80]}", answer=answer
        )
        return list(found)

    def path_of(self, answer: Answer) -> str:
        return self.path_behind(answer)

    def path_of_item(self, item: dict[str, Any]) -> str:
        return urlsplit(str(item.get("url"))).path

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        return {
            "/healthz": ("GET",),
            "/todos": ("GET", "POST", "DELETE"),
            "/todos/999999": ("GET", "PATCH", "DELETE"),
        }

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {"url": "https://example.com/elsewhere", "id": 999_999, "version": 7}

    def hit(self, thing: Thing) -> Request:
        return Request("GET", thing.path)

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = f"/todos/{quote(text, safe='')}"
        return {
            "a todo": Request("GET", path),
            "a todo to change": Request("PATCH", path, json={"title": "Mine now"}),
            "a todo to delete": Request("DELETE", path),
            "an order": Request("POST", "/todos", json=self.draft(order=text)),
        }
