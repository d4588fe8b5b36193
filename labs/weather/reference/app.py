"""Weather from somebody else's service, at a price and with a reliability of our own."""

import asyncio
import hashlib
import logging
import math
import os
import signal
from typing import Any

import cities
import msgspec
from asgi import Answer, App, Handler, Problem, Request
from brake import Brake
from cache import Cache, Entry
from granian.constants import Interfaces
from granian.log import LogLevels
from granian.server.embed import Server
from settings import Settings, read_settings
from trouble import Unavailable, Unknown
from upstream import Observation, Upstream

CITIES = 20  # that one request may compare


class Weather:
    def __init__(self, settings: Settings, upstream: Upstream) -> None:
        self.upstream = upstream
        self.brake = Brake()
        self.cache: Cache[Observation] = Cache(
            fresh=settings.cache_seconds, stale=settings.stale_seconds, most=settings.cache_entries
        )
        self.keep = f"public, max-age={settings.cache_seconds:.0f}, stale-if-error={settings.stale_seconds:.0f}"

    def routes(self) -> list[tuple[str, Handler]]:
        return [("/healthz", self.health), ("/weather", self.compare), ("/weather/{city}", self.show)]

    async def health(self, request: Request) -> Answer:
        """Says that this process works. The upstream's health is not ours: a restart would not mend it."""
        return Answer(200, {"status": "ok"}, {"Cache-Control": "no-store"})

    async def show(self, request: Request, city: str) -> Answer:
        entry = await self.look_up(request, city)
        body = msgspec.json.encode(shown(entry))
        etag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"Cache-Control": self.keep, "Age": str(math.floor(entry.age)), "ETag": etag}
        if matches(request.headers.get("if-none-match", ""), etag):
            return Answer(304, None, headers)
        return Answer(200, body, headers)

    async def compare(self, request: Request) -> Answer:
        names = request.query("city")
        if not 1 <= len(names) <= CITIES:
            raise invalid("city", f"must be given 1 to {CITIES} times")
        items = await asyncio.gather(*(self.item(request, name) for name in names))
        return Answer(200, {"items": items}, {"Cache-Control": "no-store"})

    async def item(self, request: Request, name: str) -> dict[str, Any]:
        """One city of several: what is wrong with it does not spoil the others."""
        try:
            return {"city": name, "weather": shown(await self.look_up(request, name))}
        except Problem as problem:
            error = {"status": problem.answer.status, "title": problem.answer.body["title"]}
            return {"city": name, "error": error}

    async def look_up(self, request: Request, name: str) -> Entry[Observation]:
        """Fresh, or stale where nothing fresh can be had, or a Problem."""
        try:
            city = cities.judge(name)
        except cities.Invalid as wrong:
            raise invalid("city", str(wrong)) from None
        if seconds := self.brake.wait(request.address):
            raise Problem(429, "Too many unknown cities from your address.", {"Retry-After": str(seconds)})
        try:
            return await self.cache.get(cities.key(city), lambda: self.upstream.current(city))
        except Unknown:
            self.brake.miss(request.address)
            raise Problem(404, "There is no such city.") from None
        except Unavailable as trouble:
            wait = {"Retry-After": str(math.ceil(trouble.seconds))} if trouble.seconds else {}
            raise Problem(trouble.status, trouble.title, wait) from None


def shown(entry: Entry[Observation]) -> dict[str, Any]:
    return {**msgspec.to_builtins(entry.value), "stale": entry.stale}


def invalid(field: str, message: str) -> Problem:
    return Problem(422, "Some of it breaks a rule.", errors=[{"field": field, "message": message}])


def matches(if_none_match: str, etag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or tags == ["*"]


async def main() -> None:
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(name)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # at INFO it writes each URL, and the key is in it
    settings = read_settings()
    upstream = Upstream(settings)
    app = App(Weather(settings, upstream).routes())
    interface, level = Interfaces.ASGINL, LogLevels.error
    server = Server(app, settings.host, settings.port, interface=interface, websockets=False, log_level=level)
    for terminate in (signal.SIGTERM, signal.SIGINT):  # granian then finishes what it has begun
        asyncio.get_running_loop().add_signal_handler(terminate, server.stop)
    await server.serve()
    await upstream.close()


if __name__ == "__main__":
    asyncio.run(main())
    # Everything of ours is closed. A thread of granian's that still runs while the interpreter ends could panic.
    logging.shutdown()
    os._exit(0)
