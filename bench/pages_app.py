"""The server of `bench/pages.py`: Backroad, and below /frozen the same answers with their data in memory.

As a program it lives the year, and prints how many statements each address sends with a little and with a year.
"""

import asyncio
import json
from typing import Any

from learners import live_a_year
from litestar import MediaType, Response, get
from pages import LISTS, PAGES
from sqlalchemy import event

from backroad import settings
from backroad.app import create_app
from backroad.kit import pages
from backroad.product import Product


async def asked(app: Any, path: str, host: str, query: str = "") -> bytes:
    """The body that the application answers."""
    parts: list[bytes] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            assert message["status"] == 200, (path, message)
        parts.append(message.get("body", b""))

    told = {"path": path, "query_string": query.encode(), "raw_path": path.encode(), "root_path": "", "scheme": "http"}
    around = {"client": ("127.0.0.1", 1), "server": ("127.0.0.1", 1), "state": {}, "extensions": {}}
    version = {"type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET"}
    await app({**version, **told, **around, "headers": [(b"host", host.encode())]}, receive, send)
    return b"".join(parts)


def frozen(product: Product, host: str) -> tuple[list[Any], list[Any]]:
    """Handlers for pages and for the API: each address with the same template and what it was given, or the same
    bytes. They stand behind everything that the real ones stand behind."""
    given: dict[str, tuple[str, dict[str, Any]]] = {}
    bodies: dict[str, bytes] = {}
    original, app = pages.render, create_app(product)

    async def ask_all() -> None:
        for path in (*PAGES.values(), *LISTS.values()):
            pages.render = lambda template, context, path=path: note(path, template, context)
            bodies[path] = await asked(app, path, host)

    def note(path: str, template: str, context: dict[str, Any]) -> str:
        given[path] = (template, context)
        return original(template, context)

    asyncio.run(ask_all())
    pages.render = original

    @get(["/frozen", "/frozen/{rest:path}"], sync_to_thread=False, include_in_schema=False)
    def page(rest: str = "/") -> Response[str]:
        template, context = given[rest]
        headers = {"cache-control": "no-store"}
        return Response(original(template, context), media_type=MediaType.HTML, headers=headers)

    @get("/frozen/{rest:path}", sync_to_thread=False, include_in_schema=False)
    def listed(rest: str) -> Response[bytes]:
        return Response(bodies[f"/api/v1{rest}"], media_type=MediaType.JSON)

    return [page], [listed]


def app() -> Any:
    chosen = settings.load()
    product = Product.open(chosen)
    page, listed = frozen(product, f"127.0.0.1:{chosen.port}")
    return create_app(product, more_pages=page, more_api=listed)


def statements(product: Product, host: str) -> dict[str, int]:
    """How many each address sends when its answer is made anew, and nothing is asked for the first time."""
    counted = [0]
    event.listen(product.db.engine, "before_cursor_execute", lambda *_: counted.__setitem__(0, counted[0] + 1))
    app, found = create_app(product), {}

    async def ask_all() -> None:
        for name, path in {**PAGES, **LISTS}.items():
            await asked(app, path, host, "turn=0")
            counted[0] = 0
            await asked(app, path, host, "turn=1")
            found[name] = counted[0]

    asyncio.run(ask_all())
    return found


def main() -> None:
    chosen = settings.load()
    host = f"127.0.0.1:{chosen.port}"
    product = Product.open(chosen)
    live_a_year(product, days=30)
    little = statements(product, host)
    live_a_year(product)
    product.close()
    year = statements(Product.open(chosen), host)
    print(json.dumps({name: (little[name], year[name]) for name in little}))


if __name__ == "__main__":
    main()
