"""How the checks use a URL shortener. See `backroad.verifier.driver` for what each hook is for."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, LabDriver, Person, Thing, forged_bearers
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

BATCH = 500


class Driver(LabDriver):
    collection = Collection(
        path="/links",
        text="title",
        unique="alias",
        web="url",
        instant="expires_at",
        wrong={"url": "no URL at all", "title": 42},
    )

    async def person(self) -> Person:
        answer = await self.bench.client().post("/keys", json={"name": self.bench.word("owner-")})
        key = answer.json().get("key") if answer.status in (200, 201) else None
        if not isinstance(key, str) or not key:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a key from POST /keys", got=got, exchanges=(answer.exchange,))
        headers = {"Authorization": f"Bearer {key}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=key)

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word()  # as an alias too, so that the same seed gives the same paths
        body = {"url": f"https://example.com/{word}?from=backroad", "title": f"About {word}", "alias": word}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def path_of(self, answer: Answer) -> str:
        return self.link_path(expect.field(answer, "slug", type=str))

    def path_of_item(self, item: dict[str, Any]) -> str:
        return self.link_path(str(item.get("slug")))

    @staticmethod
    def link_path(slug: str) -> str:
        return f"/links/{quote(slug, safe='')}"

    def link_of(self, item: dict[str, Any], answer: Answer) -> Thing:
        return Thing(path=self.path_of_item(item), fields=item, answer=answer)

    async def follow(self, thing: Thing) -> Answer:
        """GET of the short URL, once the brake lets us."""
        client = self.bench.client()
        answer = await client.get(self.public(thing)[0])
        if answer.status == 429:
            await asyncio.sleep(min(10.0, float(answer.headers.get("retry-after") or 1)))
            answer = await client.get(self.public(thing)[0])
        return answer

    async def make_batch(self, person: Person, drafts: list[dict[str, Any]]) -> Answer:
        return await person.client.post("/links/batch", json={"links": drafts}, timeout=20)

    def private(self) -> list[Request]:
        link = self.link_path(self.bench.word("alias-"))
        return [
            Request("GET", "/links"),
            Request("POST", "/links", json=self.draft()),
            Request("POST", "/links/batch", json={"links": [self.draft()]}),
            Request("GET", link),
            Request("PATCH", link, json={"title": "Mine"}),
            Request("DELETE", link),
        ]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        return forged_bearers(person.secret, "key")

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        slug = self.bench.word("alias-")
        return {
            "/healthz": ("GET",),
            "/keys": ("POST",),
            "/links": ("GET", "POST"),
            "/links/batch": ("POST",),
            self.link_path(slug): ("GET", "PATCH", "DELETE"),
            f"/{slug}": ("GET", "HEAD"),
        }

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {
            "slug": self.bench.word("forged-"),
            "clicks": 1_000_000,
            "created_at": "2001-02-03T04:05:06.000Z",
            "short_url": "https://example.com/elsewhere",
            "owner": self.bench.word("somebody-"),
            "id": 1,
        }

    def public(self, thing: Thing) -> list[str]:
        return [f"/{thing.fields['slug']}"]

    def hit(self, thing: Thing) -> Request:
        return Request("GET", self.public(thing)[0])

    def guess(self) -> Request:
        return Request("GET", f"/{self.bench.word('guess-')}")

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = quote(text, safe="")
        return {
            "the slug of a redirect": Request("GET", f"/{path}"),
            "the slug of a link": person.request("GET", f"/links/{path}"),
            "the slug of a link to change": person.request("PATCH", f"/links/{path}", json={"title": "Mine now"}),
            "the slug of a link to delete": person.request("DELETE", f"/links/{path}"),
            "a cursor": person.request("GET", "/links", query={"cursor": text}),
            "a limit": person.request("GET", "/links", query={"limit": text}),
            "an alias": person.request("POST", "/links", json=self.draft(alias=text)),
            "a key": Request("GET", "/links", headers={"Authorization": f"Bearer {text}"}),
        }

    async def fill(self, person: Person, count: int) -> list[Thing]:
        some = []
        for start in range(0, count, BATCH):
            answer = await self.make_batch(person, [self.draft() for _ in range(min(BATCH, count - start))])
            made = expect.field(expect.status(answer, (200, 201)), "items", type=list)
            some += [self.link_of(item, answer) for item in (made[0], made[len(made) // 2], made[-1])]
        return some

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        return {
            "lookup": lambda: self.hit(self.bench.random.choice(things)),
            "page": lambda: person.request("GET", "/links"),
            "write": lambda: person.request("POST", "/links", json=self.draft()),
        }
