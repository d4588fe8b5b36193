"""A blog that speaks the Conduit API, with a language model at its side."""

import asyncio
import logging
import math
import os
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import rules
from asgi import Answer, App, Handler, Refusal, Request
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from model import Model
from settings import Settings, read_settings
from store import Forbidden, Store, Taken, Unknown
from tokens import Tokens, fits, hash_password
from trouble import Unavailable
from writer import TooMuch, Withheld, Writer

NOBODY = 0
Fields = dict[str, Any]


class Blog:
    def __init__(self, store: Store, tokens: Tokens, writer: Writer) -> None:
        self.store = store
        self.tokens = tokens
        self.writer = writer

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        routes: list[tuple[str, dict[str, Handler]]] = [
            ("/healthz", {"GET": self.health}),
            ("/api/users", {"POST": self.sign_up}),
            ("/api/users/login", {"POST": self.log_in}),
            ("/api/user", {"GET": self.show_user, "PUT": self.change_user}),
            ("/api/profiles/{username}", {"GET": self.show_profile}),
            ("/api/profiles/{username}/follow", {"POST": self.follow, "DELETE": self.follow}),
            ("/api/articles", {"GET": self.list_articles, "POST": self.publish}),
            ("/api/articles/feed", {"GET": self.feed}),
            (
                "/api/articles/{slug}",
                {"GET": self.show_article, "PUT": self.change_article, "DELETE": self.remove_article},
            ),
            ("/api/articles/{slug}/comments", {"GET": self.list_comments, "POST": self.comment}),
            ("/api/articles/{slug}/comments/{number}", {"DELETE": self.remove_comment}),
            ("/api/articles/{slug}/favorite", {"POST": self.favorite, "DELETE": self.favorite}),
            ("/api/articles/{slug}/summary", {"POST": self.summarise}),
            ("/api/tags", {"GET": self.list_tags}),
            ("/api/drafts", {"POST": self.draft}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    # People

    async def sign_up(self, request: Request) -> Answer:
        new = rules.judge(await request.json(), "user", rules.USER, required=rules.USER)
        kept = await asyncio.to_thread(hash_password, new["password"])
        user = await self.store.run(self.store.add_user, new["username"], new["email"], kept)
        return Answer(201, await self.shown_user(user))

    async def log_in(self, request: Request) -> Answer:
        given = rules.judge(await request.json(), "user", rules.LOGIN, required=rules.LOGIN)
        found = await self.store.run(self.store.password_of, given["email"])
        if not await asyncio.to_thread(fits, given["password"], found and found[1]) or found is None:
            raise Refusal(401, {"credentials": "invalid"})
        return Answer(200, await self.shown_user(found[0]))

    async def show_user(self, request: Request) -> Answer:
        return Answer(200, await self.shown_user(await self.me(request)))

    async def change_user(self, request: Request) -> Answer:
        me = await self.me(request)
        changes = rules.judge(await request.json(), "user", rules.CHANGES)
        if "password" in changes:
            changes["password"] = await asyncio.to_thread(hash_password, changes["password"])
        await self.store.run(self.store.change_user, me, changes)
        return Answer(200, await self.shown_user(me))

    async def shown_user(self, user: int) -> Fields:
        fields = await self.store.run(self.store.user, user)
        return {"user": {**fields, "token": self.tokens.issue(user)}}

    async def show_profile(self, request: Request, username: str) -> Answer:
        return Answer(200, {"profile": await self.store.run(self.store.profile, self.reader(request), username)})

    async def follow(self, request: Request, username: str) -> Answer:
        me, follows = await self.me(request), request.method == "POST"
        return Answer(200, {"profile": await self.store.run(self.store.follow, me, username, follows=follows)})

    # Articles

    async def list_articles(self, request: Request) -> Answer:
        filters = {name: request.query[name] for name in ("tag", "author", "favorited") if name in request.query}
        return await self.page(request, self.reader(request), filters)

    async def feed(self, request: Request) -> Answer:
        return await self.page(request, await self.me(request), {"feed": True})

    async def page(self, request: Request, me: int, filters: Fields) -> Answer:
        asked = {name: request.query[name] for name in rules.WINDOW if name in request.query}
        window = {"limit": 20, "offset": 0, **rules.judge({"page": asked}, "page", rules.WINDOW)}
        articles, count = await self.store.run(self.store.articles, me, filters, **window)
        return Answer(200, {"articles": articles, "articlesCount": count})

    async def publish(self, request: Request) -> Answer:
        me = await self.me(request)
        draft = rules.judge(await request.json(), "article", rules.NEW_ARTICLE, required=rules.ARTICLE)
        article = await self.store.run(self.store.add_article, me, draft)
        return Answer(201, {"article": article}, {"Location": f"/api/articles/{article['slug']}"})

    async def show_article(self, request: Request, slug: str) -> Answer:
        return Answer(200, {"article": await self.store.run(self.store.article, self.reader(request), slug)})

    async def change_article(self, request: Request, slug: str) -> Answer:
        me = await self.me(request)
        changes = rules.judge(await request.json(), "article", rules.ARTICLE)
        return Answer(200, {"article": await self.store.run(self.store.change_article, me, slug, changes)})

    async def remove_article(self, request: Request, slug: str) -> Answer:
        await self.store.run(self.store.remove_article, await self.me(request), slug)
        return Answer(204)

    async def favorite(self, request: Request, slug: str) -> Answer:
        me, likes = await self.me(request), request.method == "POST"
        return Answer(200, {"article": await self.store.run(self.store.favorite, me, slug, likes=likes)})

    async def list_tags(self, request: Request) -> Answer:
        return Answer(200, {"tags": await self.store.run(self.store.tags)})

    # Comments

    async def list_comments(self, request: Request, slug: str) -> Answer:
        return Answer(200, {"comments": await self.store.run(self.store.comments, self.reader(request), slug)})

    async def comment(self, request: Request, slug: str) -> Answer:
        me = await self.me(request)
        body = rules.judge(await request.json(), "comment", rules.COMMENT, required=rules.COMMENT)["body"]
        return Answer(201, {"comment": await self.store.run(self.store.add_comment, me, slug, body)})

    async def remove_comment(self, request: Request, slug: str, number: str) -> Answer:
        me = await self.me(request)
        comment = int(number) if number.isdecimal() and len(number) < 19 else 0
        await self.store.run(self.store.remove_comment, me, slug, comment)
        return Answer(204)

    # The model

    async def summarise(self, request: Request, slug: str) -> Answer:
        me = await self.me(request)
        article = await self.store.run(self.store.article, me, slug)
        return Answer(200, {"summary": {"text": await self.writer.summary(me, article)}})

    async def draft(self, request: Request) -> Answer:
        me = await self.me(request)
        topic = rules.judge(await request.json(), "draft", rules.DRAFT, required=rules.DRAFT)["topic"]
        self.writer.moderate(topic)
        pieces = self.writer.draft(me, topic)
        first = await anext(pieces, "")  # so that what goes wrong before the first word still gets a status
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        return Answer(200, None, headers, stream=events(first, pieces))

    async def me(self, request: Request) -> int:
        """Who sends this; nobody is refused."""
        me = self.reader(request)
        if not me:
            raise Refusal(401, {"token": "is missing or invalid"}, {"WWW-Authenticate": "Token"})
        return me

    def reader(self, request: Request) -> int:
        """Who sends this, or NOBODY."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return (self.tokens.read(token) if scheme.lower() == "token" else None) or NOBODY


async def events(first: str, pieces: Any) -> AsyncIterator[bytes]:
    """`data: {"text": ...}` for each piece, then `event: done`, or `event: error` if it broke off."""
    async with aclosing(pieces):
        yield event("", {"text": first})
        try:
            async for piece in pieces:
                yield event("", {"text": piece})
        except Unavailable as trouble:
            yield event("error", {"errors": {"model": [trouble.title]}})
        else:
            yield event("done", {})


def event(name: str, data: Any) -> bytes:
    head = f"event: {name}\n".encode() if name else b""
    return head + b"data: " + msgspec.json.encode(data) + b"\n\n"


def translated(handler: Handler) -> Handler:
    """The handler, with what the rest of the program refuses turned into Conduit's errors."""

    async def answer(request: Request, **arguments: str) -> Answer:
        try:
            return await handler(request, **arguments)
        except rules.Invalid as invalid:
            raise Refusal(422, invalid.errors) from None
        except Unknown as unknown:
            raise Refusal(404, {str(unknown): "not found"}) from None
        except Forbidden as forbidden:
            raise Refusal(403, {str(forbidden): "belongs to somebody else"}) from None
        except Taken as taken:
            raise Refusal(409, {str(taken): "has already been taken"}) from None
        except Withheld:
            raise Refusal(422, {"text": "is not for this blog"}) from None
        except TooMuch:
            wait = str(math.ceil(seconds_of_today_left()))
            raise Refusal(429, {"tokens": "are spent for today"}, {"Retry-After": wait}) from None
        except Unavailable as trouble:
            wait_for = {"Retry-After": str(math.ceil(trouble.seconds))} if trouble.seconds else {}
            raise Refusal(trouble.status, {"model": trouble.title}, {"Cache-Control": "no-store", **wait_for}) from None

    return answer


def seconds_of_today_left() -> float:
    now = datetime.now(UTC)
    tomorrow = (now + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    return max(1.0, (tomorrow - now).total_seconds())


def build(settings: Settings, store: Store, model: Model) -> App:
    return App(Blog(store, Tokens(settings.data_dir), Writer(settings, store, model)).routes())


async def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    settings = read_settings()
    store, model = Store(settings.data_dir), Model(settings)
    interface, level = Interfaces.ASGINL, LogLevels.error
    app = build(settings, store, model)
    server = Server(app, settings.host, settings.port, interface=interface, websockets=False, log_level=level)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    await model.close()
    store.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    logging.shutdown()
    os._exit(0)
