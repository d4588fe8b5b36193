"""What the shortener does: a handler for each route."""

import base64
import binascii
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import rules
import store
from asgi import Answer, Problem, Request, Routes
from brake import Brake
from database import Database
from store import Link

T = TypeVar("T")

BODY, BATCH_BODY = 65_536, 1_048_576  # bytes
JSON = ("application/json",)
MERGE_PATCH = ("application/merge-patch+json", *JSON)
NEWEST = 2**63 - 1


class Shortener:
    """Holds nothing that another instance would have to know; the brake is each instance's own."""

    def __init__(self, database: Database, base_url: str) -> None:
        self.run = database.run
        self.brake = Brake()
        self.base_url = base_url
        self.editable = {"url": rules.url_outside(base_url), "title": rules.title, "expires_at": rules.expires_at}
        self.draft = partial(rules.judge, judges={**self.editable, "alias": rules.alias}, required=["url"])

    def routes(self) -> Routes:
        return {
            "/keys": {"POST": self.issue_key},
            "/links": {"GET": self.list_links, "POST": self.create_link},
            "/links/batch": {"POST": self.create_links},
            "/links/{slug}": {"GET": self.show_link, "PATCH": self.change_link, "DELETE": self.delete_link},
            "/{slug}": {"GET": self.follow, "HEAD": self.follow},
        }

    async def issue_key(self, request: Request) -> Answer:
        new = rules.judge(await request.json(BODY), {"name": rules.name}, required=["name"])
        owner, key = await self.run(store.add_owner, new["name"])
        return Answer(201, {"key": key, "owner": owner}, {"Cache-Control": "no-store"})

    async def list_links(self, request: Request) -> Answer:
        owner = await self.owner(request)
        asked = {name: value for name, value in request.query.items() if name in ("limit", "cursor")}
        page = rules.judge(asked, {"limit": rules.limit, "cursor": read_cursor})
        limit = page.get("limit", 20)
        links = await self.run(store.page, owner, limit + 1, page.get("cursor", NEWEST))
        items, rest = links[:limit], links[limit:]
        cursor = write_cursor(items[-1].id) if rest else None
        return Answer(200, {"items": [self.show(link) for link in items], "next_cursor": cursor})

    async def create_link(self, request: Request) -> Answer:
        owner = await self.owner(request)
        draft = self.draft(await request.json(BODY))
        [link] = await self.run(store.add, owner, [draft])
        return Answer(201, self.show(link), {"Location": f"/links/{link.slug}", "ETag": etag(link)})

    async def create_links(self, request: Request) -> Answer:
        owner = await self.owner(request)
        drafts = rules.judge_all(await request.json(BATCH_BODY), self.draft)
        links = await self.run(store.add, owner, drafts)
        return Answer(201, {"items": [self.show(link) for link in links]})

    async def show_link(self, request: Request, slug: str) -> Answer:
        link = await self.mine(request, store.find, readable(slug))
        return Answer(200, self.show(link), {"ETag": etag(link)})

    async def change_link(self, request: Request, slug: str) -> Answer:
        owner = await self.owner(request)
        changes = rules.judge(await request.json(BODY, MERGE_PATCH), self.editable)
        link = await self.run(store.change, owner, readable(slug), changes, if_match(request))
        return Answer(200, self.show(link), {"ETag": etag(link)})

    async def delete_link(self, request: Request, slug: str) -> Answer:
        await self.mine(request, store.remove, readable(slug), if_match(request))
        return Answer(204)

    async def follow(self, request: Request, slug: str) -> Answer:
        if seconds := self.brake.wait(request.address):
            raise Problem(429, "Too many unknown links from your address.", {"Retry-After": str(seconds)})
        look = store.peek if request.method == "HEAD" else store.click
        try:
            url = await self.run(look, readable(slug))
        except store.Unknown:
            self.brake.miss(request.address)
            raise
        return Answer(302, None, {"Location": url, "Cache-Control": "no-store"})

    async def owner(self, request: Request) -> str:
        """Who asks. Before a body is read: strangers are told nothing about it."""
        return await self.run(store.owner_of, bearer(request))

    async def mine(self, request: Request, work: Callable[..., T], *args: Any) -> T:
        """`work(db, owner, …)` for whoever asks, in one transaction with the look-up of who that is."""
        key = bearer(request)
        return await self.run(lambda db: work(db, store.owner_of(db, key), *args))

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


def bearer(request: Request) -> str:
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not key:
        raise store.Stranger
    return key


def readable(slug: str) -> str:
    """No link has any other slug, so the database need not be asked for it."""
    if not rules.ALIAS.fullmatch(slug):
        raise store.Unknown(slug)
    return slug


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


def show_time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
