"""A chat: the routes, and the process that serves them."""

import asyncio
import base64
import binascii
import os
import resource
import signal
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import rules
import uvloop
from http1 import Answer, App, Connection, Handler, Problem, Request, Upgrade
from news import News
from rooms import Hub, show_errors, show_message
from store import TICKET_SECONDS, Forbidden, Room, Store, Taken, Unknown

BODY, MESSAGE = 65_536, 16_384  # bytes
BACKLOG = 2048  # connections that may wait to be accepted: after a restart everybody comes back at once


class Chat:
    def __init__(self, store: Store, hub: Hub, origins: set[str]) -> None:
        self.store = store
        self.hub = hub
        self.origins = origins

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        routes: list[tuple[str, dict[str, Handler]]] = [
            ("/healthz", {"GET": self.health}),
            ("/people", {"POST": self.add_person}),
            ("/tickets", {"POST": self.add_ticket}),
            ("/rooms", {"GET": self.list_rooms, "POST": self.add_room}),
            ("/rooms/{name}", {"GET": self.show_room, "PATCH": self.change_room, "DELETE": self.remove_room}),
            ("/rooms/{name}/members", {"GET": self.list_members}),
            ("/rooms/{name}/members/{other}", {"PUT": self.add_member, "DELETE": self.remove_member}),
            ("/rooms/{name}/messages", {"GET": self.list_messages}),
            ("/rooms/{name}/socket", {"GET": self.join}),
        ]
        return [(path, {method: translated(handler) for method, handler in row.items()}) for path, row in routes]

    async def health(self, request: Request) -> Answer:
        return Answer(200, {"status": "ok"})

    async def add_person(self, request: Request) -> Answer:
        new = rules.judge(request.json(), {"name": rules.person_name}, required=["name"])
        person, token = await self.store.run(self.store.add_person, new["name"])
        return Answer(201, {"id": person, "name": new["name"], "token": token}, {"Cache-Control": "no-store"})

    async def add_ticket(self, request: Request) -> Answer:
        ticket = await self.store.run(self.store.add_ticket, await self.person(request), rules.now())
        return Answer(201, {"ticket": ticket, "expires_in": TICKET_SECONDS}, {"Cache-Control": "no-store"})

    async def list_rooms(self, request: Request) -> Answer:
        person = await self.person(request)
        asked = {name: value for name, value in request.query.items() if name in ("limit", "cursor")}
        page = rules.judge(asked, {"limit": rules.page_of(rules.ROOMS_PAGE), "cursor": read_cursor})
        limit = page.get("limit", 20)
        rooms = await self.store.run(self.store.rooms, person, limit + 1, page.get("cursor", rules.LAST))
        items, rest = rooms[:limit], rooms[limit:]
        cursor = write_cursor(items[-1].id) if rest else None
        return Answer(200, {"items": [show_room(room) for room in items], "next_cursor": cursor})

    async def add_room(self, request: Request) -> Answer:
        person = await self.person(request)
        new = rules.judge(request.json(), {"name": rules.room_name, "topic": rules.topic}, required=["name"])
        room = await self.store.run(self.store.add_room, person, new["name"], new.get("topic"), rules.now())
        return Answer(201, show_room(room), {"Location": f"/rooms/{room.name}"})

    async def show_room(self, request: Request, name: str) -> Answer:
        return Answer(200, show_room(await self.store.run(self.store.room, await self.person(request), name)))

    async def change_room(self, request: Request, name: str) -> Answer:
        person = await self.person(request)
        changes = rules.judge(request.json(), {"topic": rules.topic})
        return Answer(200, show_room(await self.store.run(self.store.change_room, person, name, changes)))

    async def remove_room(self, request: Request, name: str) -> Answer:
        await self.hub.changed(await self.store.run(self.store.remove_room, await self.person(request), name))
        return Answer(204)

    async def list_members(self, request: Request, name: str) -> Answer:
        members = await self.store.run(self.store.members, await self.person(request), name)
        return Answer(200, {"items": [{"id": person, "name": called} for person, called in members]})

    async def add_member(self, request: Request, name: str, other: str) -> Answer:
        await self.store.run(self.store.add_member, await self.person(request), name, other)
        return Answer(204)

    async def remove_member(self, request: Request, name: str, other: str) -> Answer:
        person = await self.person(request)
        await self.hub.changed(await self.store.run(self.store.remove_member, person, name, other))
        return Answer(204)

    async def list_messages(self, request: Request, name: str) -> Answer:
        person = await self.person(request)
        asked = {name: value for name, value in request.query.items() if name in ("limit", "after")}
        page = rules.judge(asked, {"limit": rules.page_of(rules.MESSAGES_PAGE), "after": rules.after})
        room = await self.store.run(self.store.room, person, name)
        limit = page.get("limit", 50)
        messages = await self.store.run(self.store.messages, room.id, page.get("after", 0), limit)
        return Answer(200, {"items": [show_message(message) for message in messages], "last_seq": room.last_seq})

    async def join(self, request: Request, name: str) -> Upgrade:
        origin = request.headers.get("origin")
        if origin is not None and origin not in self.origins:
            raise Problem(403, "Pages of this origin may not connect.")
        request.key()  # before a ticket is used up
        ticket = request.query.get("ticket")
        if ticket is None:
            person = await self.person(request)
        else:
            person = self.known(await self.store.run(self.store.use_ticket, ticket, rules.now()))
        room = await self.store.run(self.store.room, person, name)
        asked = {name: value for name, value in request.query.items() if name == "after"}
        after = rules.judge(asked, {"after": rules.after}).get("after")
        return Upgrade(partial(self.hub.seat, room=room, person=person, after=after), MESSAGE)

    async def person(self, request: Request) -> str:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return self.known(await self.store.run(self.store.person_of, token) if scheme.lower() == "bearer" else None)

    @staticmethod
    def known(person: str | None) -> str:
        if person is None:
            raise Problem(401, "Send your token as a bearer token.", {"WWW-Authenticate": "Bearer"})
        return person


def translated(handler: Handler) -> Handler:
    """The handler, with what the rules and the store refuse turned into problem documents."""

    async def answer(request: Request, **arguments: str) -> Answer | Upgrade:
        try:
            return await handler(request, **arguments)
        except rules.Invalid as invalid:
            raise Problem(422, "Some of it breaks a rule.", errors=show_errors(invalid)) from None
        except Unknown:
            raise Problem(404, "There is no such thing here.") from None
        except Forbidden:
            raise Problem(403, "Only the owner of the room may do this.") from None
        except Taken:
            raise Problem(409, "There is a room of this name.") from None

    return answer


def show_room(room: Room) -> dict[str, Any]:
    return {
        "name": room.name,
        "topic": room.topic,
        "owner": room.owner,
        "last_seq": room.last_seq,
        "created_at": rules.show_time(room.created_at),
    }


def write_cursor(last: int) -> str:
    return base64.urlsafe_b64encode(str(last).encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> int:
    try:
        last = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if last.isdigit() and int(last) <= rules.LAST:
            return int(last)
    except (ValueError, binascii.Error):
        pass
    raise ValueError("is not a cursor of ours")


def origins_of(base_url: str, more: str) -> set[str]:
    """The pages that may connect: our own, and those that somebody wrote down."""
    parts = urlsplit(base_url)
    return {f"{parts.scheme}://{parts.netloc}", *filter(None, (origin.strip() for origin in more.split(",")))}


async def main() -> None:
    host, port = os.environ.get("HOST", "127.0.0.1"), int(os.environ.get("PORT", "8000"))
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    store = Store(Path(os.environ.get("DATA_DIR", ".")))
    hub = Hub(store, float(os.environ.get("HEARTBEAT_SECONDS", "20")))
    origins = origins_of(os.environ.get("BASE_URL", f"http://{host}:{port}"), os.environ.get("ALLOWED_ORIGINS", ""))
    app = App(Chat(store, hub, origins).routes(), BODY)
    loop = asyncio.get_running_loop()
    told_to_stop = asyncio.Event()
    for terminate in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(terminate, told_to_stop.set)
    background = [asyncio.create_task(hub.keep_time())]
    if url := os.environ.get("REDIS_URL"):
        hub.news = News(hub, url)
        background.append(asyncio.create_task(hub.news.run()))
    server = await loop.create_server(lambda: Connection(app), host, port, backlog=BACKLOG)
    await told_to_stop.wait()
    server.close()
    app.stop()
    try:
        async with asyncio.timeout(8):
            await hub.stop()
            while app.connections:  # noqa: ASYNC110  each ends by itself
                await asyncio.sleep(0.02)
    except TimeoutError:
        pass
    for task in background:
        task.cancel()
    store.close()


if __name__ == "__main__":
    uvloop.run(main())
