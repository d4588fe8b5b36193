"""How the checks use a blog that speaks the Conduit API. See `backroad.verifier.drivers.upstreams` for the hooks."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from backroad.verifier import Answer, Failed, NoAnswer, Request, expect
from backroad.verifier.driver import Collection, Person, Thing
from backroad.verifier.drivers.cache import Caches, View, Write
from backroad.verifier.drivers.upstreams import Instance, Settings, Upstreams
from backroad.verifier.wording import excerpt

PASSWORD = "correct horse battery"


class Driver(Upstreams, Caches):
    upstream = "completions"
    collection = Collection(path="/api/articles", text="body")

    def __init__(self, bench: Any) -> None:
        super().__init__(bench)
        self._author: Person | None = None

    # People

    async def person(self, name: str = "") -> Person:
        name = name or self.bench.word("writer-")
        user = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
        answer = await self.bench.client().post("/api/users", json={"user": user})
        if answer.status not in (200, 201):
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a new user from POST /api/users", got=got, exchanges=(answer.exchange,))
        return self.person_of(answer)

    def person_of(self, answer: Answer) -> Person:
        token = expect.field(answer, "user.token", type=str)
        headers = {"Authorization": f"Token {token}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=token)

    async def author(self) -> Person:
        """The same for the whole check."""
        if self._author is None:
            self._author = await self.person()
        return self._author

    def refusal(self, answer: Answer | NoAnswer, status: expect.Status, *fields: str) -> None:
        """Conduit's errors: {"errors": {"title": ["can't be blank"]}}, which name at least these fields."""
        refused = expect.status(answer, status)
        expect.header(refused, "content-type", matches=r"(?i)^application/json\b")
        errors = expect.field(refused, "errors", type=dict)
        shaped = all(isinstance(texts, list) and texts and all(isinstance(text, str) for text in texts)
                     for texts in errors.values())  # fmt: skip
        expected = '{"errors": {"<what>": ["<why>"]}}'
        expect.that(errors and shaped, expected=expected, got=excerpt(refused.text), answer=refused)
        missing = [field for field in fields if field not in errors]
        expected = f"errors that name {' and '.join(fields)}"
        expect.that(not missing, expected=expected, got=f"errors that name {', '.join(errors)}", answer=refused)

    # Articles

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word()
        article = {"title": f"About {word}", "description": f"What {word} is", "body": f"Much about {word}."}
        return {"article": {name: text for name, text in {**article, **fields}.items() if text is not ...}}

    def path_of(self, answer: Answer) -> str:
        return self.article_path(expect.field(answer, "article.slug", type=str))

    @staticmethod
    def article_path(slug: str) -> str:
        return f"/api/articles/{slug}"

    async def publish(self, person: Person, **fields: Any) -> dict[str, Any]:
        """The article as it was answered."""
        return dict((await self.create(person, **fields)).fields["article"])

    async def create(self, person: Person, **fields: Any) -> Thing:
        return self.created(await person.client.post(self.collection.path, json=self.draft(**fields)))

    def private(self) -> list[Request]:
        path = self.article_path(self.bench.word("about-"))
        return [
            Request("GET", "/api/user"),
            Request("PUT", "/api/user", json={"user": {"bio": "Mine"}}),
            Request("POST", "/api/profiles/somebody/follow"),
            Request("GET", "/api/articles/feed"),
            Request("POST", "/api/articles", json=self.draft()),
            Request("PUT", path, json={"article": {"body": "Mine"}}),
            Request("DELETE", path),
            Request("POST", f"{path}/comments", json={"comment": {"body": "Mine"}}),
            Request("DELETE", f"{path}/comments/1"),
            Request("POST", f"{path}/favorite"),
            Request("POST", f"{path}/summary"),
            Request("POST", "/api/drafts", json={"draft": {"topic": "Bridges"}}),
        ]

    async def personal(self, person: Person, other: Person) -> Sequence[tuple[View, View]]:
        """An article that one of them likes, and who they are."""
        path = self.article_path((await self.publish(other))["slug"])
        expect.status(await person.client.post(f"{path}/favorite"), 200)
        names = [(await one.client.get("/api/user")).json()["user"]["username"] for one in (person, other)]
        seen = (("/api/user", "user.username", names), (path, "article.favorited", [True, False]))
        return [
            (self.view(person, at, field, wanted[0]), self.view(other, at, field, wanted[1]))
            for at, field, wanted in seen
        ]

    async def writes(self, person: Person) -> Sequence[Write]:
        """An edit and a delete of an article, and its comment, as the article and the lists show them."""
        article = await self.publish(person)
        path, name = self.article_path(article["slug"]), article["author"]["username"]
        of_author = f"/api/articles?author={name}"
        edit = person.request("PUT", path, json={"article": {"description": "Corrected"}})
        comment = person.request("POST", f"{path}/comments", json={"comment": {"body": "Well said"}})
        return [
            Write(request=edit, views=[
                View(request=Request("GET", path), field="article.description", wanted="Corrected"),
                View(request=Request("GET", of_author), field="articles.0.description", wanted="Corrected"),
            ]),
            Write(request=comment, views=[
                View(request=Request("GET", f"{path}/comments"), field="comments.0.body", wanted="Well said"),
            ]),
            Write(request=person.request("DELETE", path), views=[
                View(request=Request("GET", of_author), field="articlesCount", wanted=0),
            ]),
        ]  # fmt: skip

    @staticmethod
    def view(person: Person, path: str, field: str, wanted: Any) -> View:
        return View(request=person.request("GET", path), field=field, wanted=wanted)

    # The model

    async def subject(self) -> str:
        """The slug of a new article."""
        article = await self.publish(await self.author())
        return str(article["slug"])

    def unknown(self) -> str:
        return self.bench.word("nothing-about-")

    def ask(self, subject: str) -> Request:
        return self._as_author("POST", f"{self.article_path(subject)}/summary")

    def ask_for_stream(self, subject: str) -> Request:
        return self._as_author("POST", "/api/drafts", json={"draft": {"topic": f"Something about {subject}"}})

    def _as_author(self, method: str, path: str, **options: Any) -> Request:
        headers = self._author.credentials if self._author else {}
        return Request(method, path, headers=headers, **options)

    def content(self, answer: Answer) -> Any:
        return expect.field(answer, "summary.text", type=str)

    def change(self, subject: str) -> None:
        """The word in its title is in its slug, and in what the model is sent."""
        self.standin.say(f"By now it is another story: {subject}.", to=subject.rpartition("-")[2])

    def text_of(self, data: bytes) -> str:
        return "".join(event["text"] for name, event in events(data) if not name and "text" in event)

    @staticmethod
    def events(data: bytes) -> list[tuple[str, dict[str, Any]]]:
        return events(data)

    def settings(self, wanted: Settings) -> Mapping[str, str]:
        return {
            "CACHE_SECONDS": f"{wanted.fresh:g}",
            "AI_SECONDS": f"{wanted.timeout:g}",
            "BREAKER_FAILURES": str(wanted.failures),
            "BREAKER_SECONDS": f"{wanted.cooldown:g}",
        }

    async def instance(self, *, env: Mapping[str, str] | None = None, **wanted: Any) -> Instance:
        await self.author()
        told = {**self.settings(Settings(**wanted)), **(env or {})}
        return Instance(self, await self.bench.second_instance(env=told))


def events(data: bytes) -> list[tuple[str, dict[str, Any]]]:
    """(name, data) of the complete server-sent events in this."""
    found = []
    for block in data.decode(errors="replace").replace("\r\n", "\n").split("\n\n")[:-1]:
        lines = [line.partition(":") for line in block.split("\n") if line and not line.startswith(":")]
        fields = {name: text.removeprefix(" ") for name, _, text in lines}
        try:
            document = json.loads(fields.get("data", ""))
        except ValueError:
            document = {}
        found.append((fields.get("event", ""), document if isinstance(document, dict) else {}))
    return found
