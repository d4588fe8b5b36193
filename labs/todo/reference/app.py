"""A list of todos after the public Todo-Backend contract: the routes, and the process that serves them."""

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import rules
from asgi import Answer, App, Handler, Problem, Request
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from store import Stale, Store, Todo, Unknown

BODY = 65_536  # bytes
MERGE_PATCH = ("application/merge-patch+json", "application/json")
LARGEST = 2**63 - 1


class Todos:
    def __init__(self, store: Store, base_url: str) -> None:
        self.store = store
        self.base_url = base_url

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        routes: list[tuple[str, dict[str, Handler]]] = [
            ("/healthz", {"GET": self.health}),
            ("/todos", {"GET": self.list_todos, "POST": self.add_todo, "DELETE": self.clear}),
            ("/todos/{number}", {"GET": self.show_todo, "PATCH": self.change_todo, "DELETE": self.delete_todo}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    async def list_todos(self, request: Request) -> Answer:
        todos = await self.store.run(self.store.all)
        return Answer(200, [self.show(todo) for todo in todos])

    async def add_todo(self, request: Request) -> Answer:
        fields = rules.judge(await request.json(BODY), required=["title"])
        todo = await self.store.run(self.store.add, fields)
        return Answer(201, self.show(todo), {"Location": f"/todos/{todo.id}", "ETag": etag(todo)})

    async def clear(self, request: Request) -> Answer:
        await self.store.run(self.store.remove_all)
        return Answer(204)

    async def show_todo(self, request: Request, number: str) -> Answer:
        todo = await self.store.run(self.store.find, read_number(number))
        return Answer(200, self.show(todo), {"ETag": etag(todo)})

    async def change_todo(self, request: Request, number: str) -> Answer:
        fields = rules.judge(await request.json(BODY, MERGE_PATCH))
        todo = await self.store.run(self.store.change, read_number(number), fields, if_match(request))
        return Answer(200, self.show(todo), {"ETag": etag(todo)})

    async def delete_todo(self, request: Request, number: str) -> Answer:
        await self.store.run(self.store.remove, read_number(number), if_match(request))
        return Answer(204)

    def show(self, todo: Todo) -> dict[str, Any]:
        return {
            "title": todo.title,
            "completed": todo.completed,
            "order": todo.order,
            "notes": todo.notes,
            "url": f"{self.base_url}/todos/{todo.id}",
        }


def translated(handler: Handler) -> Handler:
    """The handler, with what the rules and the store refuse turned into problem documents."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            return await handler(request, **arguments)
        except rules.Invalid as invalid:
            errors = [{"field": field, "message": message} for field, message in invalid.errors.items()]
            raise Problem(422, "Some of it breaks a rule.", errors=errors) from None
        except Unknown:
            raise Problem(404, "There is no such todo.") from None
        except Stale:
            raise Problem(412, "The todo has changed since you read it.") from None

    return answer


def read_number(text: str) -> int:
    if text.isascii() and text.isdigit() and len(text) < 20 and int(text) <= LARGEST:
        return int(text)
    raise Unknown(text)


def etag(todo: Todo) -> str:
    return f'"{todo.id}-{todo.version}"'


def if_match(request: Request) -> Callable[[Todo], bool]:
    wanted = request.headers.get("if-match", "*")
    return lambda todo: wanted.strip() == "*" or etag(todo) in [tag.strip() for tag in wanted.split(",")]


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    store = Store(Path(os.environ.get("DATA_DIR", ".")))
    app = App(Todos(store, os.environ.get("BASE_URL", f"http://{host}:{port}")).routes())
    server = Server(app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
