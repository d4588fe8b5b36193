"""A URL shortener: the routes, and the process that serves them."""

import asyncio
import base64
import binascii
import os
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import rules
from asgi import Answer, App, Handler, Problem, Request
from brake import Brake
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from store import Expired, Link, Stale, Store, Taken, Unknown

BODY, BATCH_BODY = 65_536, 1_048_576  # bytes
JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", *JSON)
NEWEST = 2**63 - 1


class Shortener:
    def __init__(self, store: Store, base_url: str) -> None:
        self.store = store
        self.brake = Brake()
        self.base_url = base_url
        self.editable = {"url": rules.url_outside(base_url), "title": rules.title, "expires_at": rules.expires_at}
        self.draft = partial(rules.judge, judges={**self.editable, "alias": rules.alias}, required=["url"])

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        routes: list[tuple[str, dict[str, Handler]]] = [
            ("/healthz", {"GET": self.health}),
            ("/keys", {"POST": self.issue_key}),
            ("/links", {"GET": self.list_links, "POST": self.create_link}),
            ("/links/batch", {"POST": self.create_links}),
            ("/links/{slug}", {"GET": self.show_link, "PATCH": self.change_link, "DELETE": self.delete_link}),
            ("/{slug}", {"GET": self.follow, "HEAD": self.follow}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    async def issue_key(self, request: Request) -> Answer:
        new = rules.judge(await request.json(BODY), {"name": rules.name}, required=["name"])
        owner, key = await self.store.run(self.store.add_owner, new["name"])
        return Answer(201, {"key": key, "owner": owner}, {"Cache-Control": "no-store"})

    async def list_links(self, request: Request) -> Answer:
        owner = await self.owner(request)
        asked = {name: value for name, value in request.query.items() if name in ("limit", "cursor")}
        page = rules.judge(asked, {"limit": rules.limit, "cursor": read_cursor})
        limit = page.get("limit", 20)
        links = await self.store.run(self.store.page, owner, limit + 1, page.get("cursor", NEWEST))
        items, rest = links[:limit], links[limit:]
        cursor = write_cursor(items[-1].id) if rest else None
        return Answer(200, {"items": [self.show(link) for link in items], "next_cursor": cursor})

    async def create_link(self, request: Request) -> Answer:
        owner = await self.owner(request)
        draft = self.draft(await request.json(BODY))
        [link] = await self.store.run(self.store.add, owner, [draft], rules.now())
        return Answer(201, self.show(link), {"Location": f"/links/{link.slug}", "ETag": etag(link)})

    async def create_links(self, request: Request) -> Answer:
        owner = await self.owner(request)
        drafts = rules.judge_all(await request.json(BATCH_BODY), self.draft)
        links = await self.store.run(self.store.add, owner, drafts, rules.now())
        return Answer(201, {"items": [self.show(link) for link in links]})

    async def show_link(self, request: Request, slug: str) -> Answer:
        link = await self.store.run(self.store.find, await self.owner(request), slug)
        return Answer(200, self.show(link), {"ETag": etag(link)})

    async def change_link(self, request: Request, slug: str) -> Answer:
        owner = await self.owner(request)
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), self.editable)
        link = await self.store.run(self.store.change, owner, slug, changes, if_match(request))
        return Answer(200, self.show(link), {"ETag": etag(link)})

    async def delete_link(self, request: Request, slug: str) -> Answer:
        await self.store.run(self.store.remove, await self.owner(request), slug, if_match(request))
        return Answer(204)

    async def follow(self, request: Request, slug: str) -> Answer:
        if seconds := self.brake.wait(request.address):
            raise Problem(429, "Too many unknown links from your address.", {"Retry-After": str(seconds)})
        look = self.store.peek if request.method == "HEAD" else self.store.click
        try:
            url = await self.store.run(look, slug, rules.now())
        except Unknown:
            self.brake.miss(request.address)
            raise
        return Answer(302, None, {"Location": url, "Cache-Control": "no-store"})

    async def owner(self, request: Request) -> str:
        scheme, _, key = request.headers.get("authorization", "").partition(" ")
        owner = await self.store.run(self.store.owner_of, key) if scheme.lower() == "bearer" else None
        if owner is None:
            raise Problem(401, "Send your key as a bearer token.", {"WWW-Authenticate": "Bearer"})
        return owner

    def show(self, link: Link) -> dict[str, Any]:
        """The link as its owner sees it."""
        return {
            "slug": link.slug,
            "url": link.url,
            "short_url": f"{self.base_url}/{link.slug}",
            "title": link.title,
            "clicks": link.clicks,
            "created_at": show_time(link.created_at),
            "expires_at": link.expires_at and show_time(link.expires_at),
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
            raise Problem(404, "There is no such link.") from None
        except Expired:
            raise Problem(410, "This link has expired.") from None
        except Taken:
            raise Problem(409, "This alias is taken.") from None
        except Stale:
            raise Problem(412, "The link has changed since you read it.") from None

    return answer


def etag(link: Link) -> str:
    """The id too, so that a slug that was deleted and claimed again is not taken for the old link."""
    return f'"{link.id}-{link.version}"'


def if_match(request: Request) -> Callable[[Link], bool]:
    wanted = request.headers.get("if-match", "*")
    return lambda link: wanted.strip() == "*" or etag(link) in [tag.strip() for tag in wanted.split(",")]


def write_cursor(last: int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    try:
        last = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if last.isdigit() and int(last) <= NEWEST:
            return int(last)
    except (ValueError, binascii.Error):
        pass
    raise ValueError("is not a cursor of ours")


def show_time(milliseconds: int) -> str:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    store = Store(Path(os.environ.get("DATA_DIR", ".")))
    app = App(Shortener(store, os.environ.get("BASE_URL", f"http://{host}:{port}")).routes())
    server = Server(app, host, port, interface=Interfaces.ASGINL, websockets=False, log_level=LogLevels.error)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    os._exit(0)
