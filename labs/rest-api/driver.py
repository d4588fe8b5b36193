"""How the checks use projects and tasks. See `backroad.verifier.driver` and `drivers/` for what each hook is for."""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Collection, Person, Thing, forged_bearers
from backroad.verifier.drivers.database import OnDatabase
from backroad.verifier.drivers.http import Http
from backroad.verifier.drivers.lists import Lists
from backroad.verifier.drivers.operations import Operated
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import excerpt

BATCH = 500
TASKS = "/v2/tasks"


class Driver(Http, Lists, OnDatabase, Operated):
    nowhere = "/v9/projects"
    collection = Collection(
        path="/v2/projects",
        text="description",
        unique="slug",
        instant="due_at",
        wrong={"name": 42, "budget": "12.345", "due_at": "tomorrow"},
    )
    list_path = TASKS
    sorts = ("title", "priority", "created_at")
    filters = {"status": ("doing", "done"), "priority": (1, 5)}
    bad_filters = {"status": ("finished", "DONE", ""), "priority": ("0", "high", "1.5"), "project": ("", "a b")}
    hidden = ("owner", "seq", "token_hash", "password", "version")
    exact = {
        "budget": ("0.10", "0.07", "1.10", "99999999999999.99", "12345678901234.56"),
        "external_id": (0, -1, 2**31, 2**32 + 1, 2**53 - 1, -(2**53) + 1),
    }
    too_large = {"external_id": (2**53, 10**30, 1.5, "7"), "budget": ("1e3", "-0.01", "NaN", "1" * 30 + ".00", 12.5)}

    async def person(self) -> Person:
        word = self.bench.word("user-")
        body = {"name": word, "email": f"{word}@example.com"}
        answer = await self.bench.client().post("/v2/users", json=body)
        token = answer.json().get("token") if answer.status in (200, 201) else None
        if not isinstance(token, str) or not token:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a token from POST /v2/users", got=got, exchanges=(answer.exchange,))
        headers = {"Authorization": f"Bearer {token}"}
        return Person(client=self.bench.client(headers), credentials=headers, secret=token)

    def draft(self, **fields: Any) -> dict[str, Any]:
        word = self.bench.word("p-")
        body = {"slug": word, "name": f"Project {word}", "description": f"About {word}", "budget": "1250.00"}
        return {name: value for name, value in {**body, **fields}.items() if value is not ...}

    def path_of(self, answer: Answer) -> str:
        return self.project_path(expect.field(answer, "slug", type=str))

    def path_of_item(self, item: dict[str, Any]) -> str:
        return self.project_path(str(item.get("slug")))

    @staticmethod
    def project_path(slug: str) -> str:
        return f"/v2/projects/{quote(slug, safe='')}"

    async def task(self, person: Person, project: Thing, **fields: Any) -> Thing:
        body = {"title": f"Task {self.bench.word()}", **fields}
        answer = await person.client.post(f"{project.path}/tasks", json=body)
        if not 200 <= answer.status < 300:
            got = f"{answer.status} {excerpt(answer.text)}"
            raise Failed(expected="a new task", got=got, exchanges=(answer.exchange,))
        return Thing(path=f"{TASKS}/{expect.field(answer, 'id', type=str)}", fields=dict(answer.json()), answer=answer)

    async def enter(self, person: Person, **fields: Any) -> dict[str, Any]:
        project = await self.create(person)
        return (await self.task(person, project, **fields)).fields

    def private(self) -> list[Request]:
        project, task = self.project_path(self.bench.word("p-")), f"{TASKS}/{self.bench.word('t-')}"
        return [
            Request("GET", "/v2/me"),
            Request("GET", "/v2/report"),
            Request("GET", "/v2/projects"),
            Request("POST", "/v2/projects", json=self.draft()),
            Request("GET", project),
            Request("PATCH", project, json={"name": "Mine"}),
            Request("DELETE", project),
            Request("POST", f"{project}/tasks", json={"title": "Mine"}),
            Request("GET", TASKS),
            Request("POST", f"{TASKS}/status", json={"ids": ["x"], "status": "done"}),
            Request("GET", task),
            Request("PATCH", task, json={"title": "Mine"}),
            Request("DELETE", task),
            Request("GET", task.replace("v2", "v1")),
            Request("PATCH", task.replace("v2", "v1"), json={"done": True}),
        ]

    def forgeries(self, person: Person) -> Mapping[str, Mapping[str, str]]:
        return forged_bearers(person.secret, "token")

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        project, task = self.project_path(self.bench.word("p-")), f"{TASKS}/{self.bench.word('t-')}"
        return {
            "/healthz": ("GET",),
            "/readyz": ("GET",),
            "/metrics": ("GET",),
            "/openapi.json": ("GET",),
            "/v2/users": ("POST",),
            "/v2/me": ("GET",),
            "/v2/report": ("GET",),
            "/v2/projects": ("GET", "POST"),
            project: ("GET", "PATCH", "DELETE"),
            f"{project}/tasks": ("POST",),
            TASKS: ("GET",),
            f"{TASKS}/status": ("POST",),
            task: ("GET", "PATCH", "DELETE"),
            task.replace("v2", "v1"): ("GET", "PATCH"),
        }

    def read_only(self, other: Person) -> Mapping[str, Any]:
        return {
            "created_at": "2001-02-03T04:05:06.000Z",
            "owner": self.bench.word("somebody-"),
            "version": 1_000,
            "seq": 1,
        }

    def places(self, person: Person, text: str) -> Mapping[str, Request]:
        path = quote(text, safe="")
        return {
            "the slug of a project": person.request("GET", f"/v2/projects/{path}"),
            "the slug of a project to change": person.request("PATCH", f"/v2/projects/{path}", json={"name": "Mine"}),
            "the slug of a project to delete": person.request("DELETE", f"/v2/projects/{path}"),
            "the id of a task": person.request("GET", f"{TASKS}/{path}"),
            "the id of a task to delete": person.request("DELETE", f"{TASKS}/{path}"),
            "an id in a list": person.request("POST", f"{TASKS}/status", json={"ids": [text], "status": "done"}),
            "a cursor": person.request("GET", "/v2/projects", query={"cursor": text}),
            "a limit": person.request("GET", "/v2/projects", query={"limit": text}),
            "a sort": person.request("GET", TASKS, query={"sort": text}),
            "a filter": person.request("GET", TASKS, query={"status": text}),
            "a filter by project": person.request("GET", TASKS, query={"project": text}),
            "a slug": person.request("POST", "/v2/projects", json=self.draft(slug=text)),
            "a token": Request("GET", "/v2/projects", headers={"Authorization": f"Bearer {text}"}),
        }

    def readable(self, person: Person, thing: Thing) -> list[Request]:
        paths = ("/v2/me", "/v2/projects", TASKS, thing.path)
        return [Request("GET", path) for path in ("/healthz", "/openapi.json")] + [
            person.request("GET", path) for path in paths
        ]

    def limited(self, person: Person) -> Request:
        return person.request("GET", "/v2/report")

    def whole(self, person: Person) -> tuple[Request, str]:
        draft = self.draft(tasks=[{"title": f"Step {number}"} for number in range(1, 6)])
        return person.request("POST", "/v2/projects", json=draft), draft["slug"]

    async def left(self, person: Person, name: str) -> tuple[int, int]:
        project = expect.status(await person.client.get(self.project_path(name)), (200, 404))
        tasks = expect.status(await person.client.get(TASKS, query={"project": name}), 200)
        return (project.status == 200) + self.rows_of(tasks), 6

    async def tangle(self, person: Person, count: int) -> list[Request]:
        draft = self.draft(tasks=[{"title": f"Step {number}"} for number in range(20)])
        expect.status(await person.client.post("/v2/projects", json=draft), (200, 201))
        shown = expect.status(await person.client.get(TASKS, query={"project": draft["slug"]}), 200)
        ids = [str(item["id"]) for item in expect.field(shown, "items", type=list)]
        bodies = [{"ids": ids[:: -1 if number % 2 else 1], "status": "doing"} for number in range(count)]
        return [person.request("POST", f"{TASKS}/status", json=body) for body in bodies]

    async def fill(self, person: Person, count: int) -> list[Thing]:
        some = []
        for start in range(0, count, BATCH):
            tasks = [{"title": f"Task {self.bench.word()}"} for _ in range(min(BATCH, count - start))]
            draft = self.draft(tasks=tasks)
            expect.status(await person.client.post("/v2/projects", json=draft, timeout=20), (200, 201))
            page = expect.status(await person.client.get(TASKS, query={"project": draft["slug"], "limit": 3}), 200)
            items = expect.field(page, "items", type=list)
            some += [Thing(path=f"{TASKS}/{item['id']}", fields=item, answer=page) for item in items]
        return some

    def probes(self, person: Person, things: list[Thing]) -> Mapping[str, Callable[[], Request]]:
        project = self.project_path(str(things[0].fields["project"]))
        return {
            "lookup": lambda: person.request("GET", self.bench.random.choice(things).path),
            "page": lambda: person.request("GET", TASKS),
            "write": lambda: person.request("POST", f"{project}/tasks", json={"title": self.bench.word()}),
        }
