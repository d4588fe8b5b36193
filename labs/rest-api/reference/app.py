"""Projects and their tasks: the routes, and the process that serves them."""

import asyncio
import base64
import hashlib
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import psycopg
import rules
import store
import watch
from asgi import Answer, App, Problem, Request, Router, Routes
from database import Database, Misconfigured, Session, Unavailable, engine_for
from edge import guarded
from granian.constants import Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server
from limit import Limit
from show import etag_header, show_old, show_project, show_task, show_time

T = TypeVar("T")
BODY, HEAD = 65_536, 65_536  # bytes
JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", *JSON)
NEWEST = 2**62
FILTERS = ("project", "status", "priority")
DESCRIPTION = (Path(__file__).parent / "openapi.json").read_bytes()


class Service:
    def __init__(self, database: Database, seen: watch.Watch) -> None:
        self.run = database.run
        self.seen = seen
        self.limit = Limit()

    def routes(self) -> Routes:
        return {
            "/healthz": {"GET": self.alive},
            "/readyz": {"GET": self.ready},
            "/metrics": {"GET": self.metrics},
            "/openapi.json": {"GET": self.describe},
            "/v2/users": {"POST": self.sign_up},
            "/v2/me": {"GET": self.show_me},
            "/v2/report": {"GET": self.report},
            "/v2/projects": {"GET": self.list_projects, "POST": self.add_project},
            "/v2/projects/{slug}": {"GET": self.get_project, "PATCH": self.edit_project, "DELETE": self.drop_project},
            "/v2/projects/{slug}/tasks": {"POST": self.add_task},
            "/v2/tasks": {"GET": self.list_tasks},
            "/v2/tasks/status": {"POST": self.mark_tasks},
            "/v2/tasks/{id}": {"GET": self.get_task, "PATCH": self.edit_task, "DELETE": self.drop_task},
            "/v1/tasks/{id}": {"GET": self.get_old_task, "PATCH": self.edit_old_task},
        }

    async def alive(self, request: Request) -> Answer:
        """The process runs. It does not ask the database: a restart of this process would not help that."""
        return Answer(200, {"status": "ok"})

    async def ready(self, request: Request) -> Answer:
        try:
            await self.run(store.ping)
        except Unavailable:
            raise Problem(503, "The database does not answer.", {"Retry-After": "1"}) from None
        return Answer(200, {"status": "ready"})

    async def metrics(self, request: Request) -> Answer:
        return Answer(200, self.seen.text(), media_type=watch.TEXT)

    async def describe(self, request: Request) -> Answer:
        return Answer(200, DESCRIPTION)

    async def sign_up(self, request: Request) -> Answer:
        new = rules.judge(await request.json(BODY), rules.USER, required=["name", "email"])
        id_, token = await self.run(store.sign_up, new["name"], new["email"])
        answer = {"id": id_, "name": new["name"], "email": new["email"].lower(), "token": token}
        return Answer(201, answer, {"Location": "/v2/me", "Cache-Control": "no-store"})

    async def show_me(self, request: Request) -> Answer:
        id_, name, email, created = await self.mine(request, store.person)
        return Answer(200, {"id": id_, "name": name, "email": email, "created_at": show_time(created)})

    async def report(self, request: Request) -> Answer:
        owner = await self.owner(request)
        if seconds := self.limit.wait(owner):
            raise Problem(429, "You have asked for too many reports.", {"Retry-After": str(seconds)})
        projects, counts = await self.run(store.report, owner)
        return Answer(200, {"projects": projects, "tasks": {name: counts.get(name, 0) for name in rules.STATUSES}})

    async def list_projects(self, request: Request) -> Answer:
        asked = rules.judge(request.query, {**rules.LIST, "cursor": lambda text: read_cursor(text, 1)})
        limit, [before] = asked.get("limit", 20), asked.get("cursor", [NEWEST])
        if not isinstance(before, int):
            raise rules.Invalid({"cursor": "is not a cursor of this list"})
        found = await self.mine(request, store.list_projects, limit + 1, before)
        cursor = write_cursor([found[limit - 1].seq]) if len(found) > limit else None
        return Answer(200, {"items": [show_project(one) for one in found[:limit]], "next_cursor": cursor})

    async def add_project(self, request: Request) -> Answer:
        owner = await self.owner(request)
        draft = rules.judge(await request.json(BODY), rules.NEW_PROJECT, required=["name"])

        def work(db: Session) -> Answer:
            project = store.add_project(db, owner, draft)
            headers = {"Location": f"/v2/projects/{project.slug}", "ETag": project.etag}
            return Answer(201, show_project(project), headers)

        return await self.once(request, owner, draft, work)

    async def get_project(self, request: Request, slug: str) -> Answer:
        project = await self.mine(request, store.find_project, slug)
        return unless_known(request, project.etag, show_project(project))

    async def edit_project(self, request: Request, slug: str) -> Answer:
        owner = await self.owner(request)
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), rules.PROJECT)
        project = await self.run(store.change_project, owner, slug, changes, if_match(request))
        return Answer(200, show_project(project), etag_header(project.etag))

    async def drop_project(self, request: Request, slug: str) -> Answer:
        await self.mine(request, store.remove_project, slug, if_match(request))
        return Answer(204)

    async def add_task(self, request: Request, slug: str) -> Answer:
        owner = await self.owner(request)
        draft = rules.judge(await request.json(BODY), rules.TASK, required=["title"])

        def work(db: Session) -> Answer:
            task = store.add_task(db, owner, slug, draft)
            return Answer(201, show_task(task), {"Location": f"/v2/tasks/{task.id}", "ETag": task.etag})

        return await self.once(request, owner, [slug, draft], work)

    async def list_tasks(self, request: Request) -> Answer:
        field, _ = sort = read_sort(request)
        places = store.PLACES[field]
        judges = {**rules.TASK_LIST, "cursor": lambda text: read_cursor(text, len(places))}
        asked = rules.judge(request.query, judges)
        after = asked.get("cursor")
        if after is not None and (isinstance(after[0], str) != (field == "title") or isinstance(after[-1], str)):
            raise rules.Invalid({"cursor": "is not a cursor of this list"})
        limit, only = asked.get("limit", 20), {name: asked[name] for name in FILTERS if name in asked}
        found = await self.mine(request, store.list_tasks, limit + 1, only, sort, after)
        more = len(found) > limit
        last = found[limit - 1] if more else None
        cursor = write_cursor([*([getattr(last, field)] if len(places) > 1 else []), last.seq]) if last else None
        return Answer(200, {"items": [show_task(one) for one in found[:limit]], "next_cursor": cursor})

    async def mark_tasks(self, request: Request) -> Answer:
        owner = await self.owner(request)
        judges = {"ids": rules.ids, "status": rules.TASK["status"]}
        wanted = rules.judge(await request.json(BODY), judges, required=list(judges))
        try:
            changed = await self.run(store.mark_tasks, owner, wanted["ids"], wanted["status"])
        except store.Unknown as unknown:
            position = wanted["ids"].index(str(unknown))
            raise rules.Invalid({f"ids.{position}": "is no task of yours"}) from None
        return Answer(200, {"changed": changed})

    async def get_task(self, request: Request, id: str) -> Answer:  # noqa: A002  the name in the path
        task = await self.mine(request, store.find_task, id)
        return unless_known(request, task.etag, show_task(task))

    async def edit_task(self, request: Request, id: str) -> Answer:  # noqa: A002
        owner = await self.owner(request)
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), rules.TASK)
        task = await self.run(store.change_task, owner, id, lambda task: changes, if_match(request))
        return Answer(200, show_task(task), etag_header(task.etag))

    async def drop_task(self, request: Request, id: str) -> Answer:  # noqa: A002
        await self.mine(request, store.remove_task, id, if_match(request))
        return Answer(204)

    async def get_old_task(self, request: Request, id: str) -> Answer:  # noqa: A002
        return show_old(await self.mine(request, store.find_task, id))

    async def edit_old_task(self, request: Request, id: str) -> Answer:  # noqa: A002
        owner = await self.owner(request)
        old = rules.judge(await request.json(BODY, MERGE_PATCH), rules.OLD_TASK)

        def change(task: store.Task) -> dict[str, Any]:
            done = old.get("done", task.status == "done")
            status = "done" if done else "todo" if task.status == "done" else task.status
            return {"title": old.get("title", task.title), "status": status}

        return show_old(await self.run(store.change_task, owner, id, change, if_match(request)))

    async def owner(self, request: Request) -> str:
        """Who asks. Before a body is read: strangers are told nothing about it."""
        return await self.mine(request, lambda db, owner: owner)

    async def mine(self, request: Request, work: Callable[..., T], *args: Any) -> T:
        """`work(db, owner, …)` for whoever asks, in one transaction with the look-up of who that is."""
        token = bearer(request)
        return await self.run(lambda db: work(db, store.owner_of(db, token), *args))

    async def once(self, request: Request, owner: str, draft: Any, work: Callable[[Session], Answer]) -> Answer:
        """The answer of `work`, or the one that this Idempotency-Key got before."""
        key = request.headers.get("idempotency-key")
        if key is None:
            return await self.run(work)
        if not 1 <= len(key) <= 255:
            raise rules.Invalid({"Idempotency-Key": "must have 1 to 255 characters"})
        print_of = hashlib.sha256(msgspec.json.encode([request.path, draft], order="deterministic")).hexdigest()

        def kept(db: Session) -> str:
            return msgspec.json.encode(work(db)).decode()

        known = await self.run(store.once, owner, key, print_of, kept)
        return msgspec.json.decode(known, type=Answer)


def bearer(request: Request) -> str:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def if_match(request: Request) -> Callable[[str], bool]:
    wanted = request.headers.get("if-match", "*")
    return lambda etag: wanted.strip() == "*" or etag in [tag.strip() for tag in wanted.split(",")]


def unless_known(request: Request, etag: str, body: dict[str, Any]) -> Answer:
    """304 if the client has this version. Weak and strong tags compare alike here (RFC 9110, section 13.1.2)."""
    known = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    headers = etag_header(etag)
    return Answer(304, None, headers) if etag in known or known == ["*"] else Answer(200, body, headers)


def read_sort(request: Request) -> tuple[str, bool]:
    return rules.judge({"sort": request.query.get("sort", "-created_at")}, {"sort": rules.sort})["sort"]  # type: ignore[no-any-return]


def write_cursor(place: list[Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(place)).decode().rstrip("=")


def read_cursor(cursor: str, length: int) -> list[Any]:
    """The place in the order, as many values as the order has."""
    try:
        text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        place = msgspec.json.decode(text, type=list[int | str])
        if len(place) == length and all(not isinstance(one, int) or abs(one) <= NEWEST for one in place):
            return place
    except (ValueError, msgspec.MsgspecError):
        pass
    raise ValueError("is not a cursor of this list")


async def main() -> None:
    watch.log_to_standard_error()
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    engine, connections = engine_for(os.environ.get("DATABASE_URL"), Path(os.environ.get("DATA_DIR", ".")))
    database, seen = Database(engine, connections), watch.Watch()
    await database.run(store.prepare)
    app = App(guarded(Router(Service(database, seen).routes())), seen.seen)
    server = Server(
        app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error,
        http1_settings=HTTP1Settings(max_buffer_size=HEAD), backlog=1024,
    )  # fmt: skip
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    database.close()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except Misconfigured as error:
        sys.exit(str(error))
    except (Unavailable, psycopg.Error):
        sys.exit("The database of DATABASE_URL cannot be reached.")
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
