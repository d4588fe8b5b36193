"""How the checks use a weather service. See `backroad.verifier.drivers.upstreams` for what each hook is for."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from backroad.verifier import Answer, Request, expect
from backroad.verifier.driver import Person, Thing
from backroad.verifier.drivers.upstreams import Settings, Upstreams

NEW_WEATHER = (41.5, "storm")  # warmer than the stand-in ever says by itself


class Driver(Upstreams):
    upstream = "weather"

    async def person(self) -> Person:
        """Anybody: this service knows no accounts."""
        return Person(client=self.bench.client(), credentials={}, secret="")

    async def create(self, person: Person, **fields: Any) -> Thing:
        """A city whose weather is known from now on."""
        request = self.ask(await self.subject())
        answer = expect.status(await person.client.send(request), 200)
        return Thing(path=request.path, fields=answer.json(), answer=answer)

    def hit(self, thing: Thing) -> Request:
        return Request("GET", thing.path)

    def guess(self) -> Request:
        return self.ask(self.unknown())

    def methods(self) -> Mapping[str, tuple[str, ...]]:
        return dict.fromkeys(("/healthz", "/weather", self.path(self.bench.word("Town-"))), ("GET", "HEAD"))

    @staticmethod
    def path(city: str) -> str:
        return f"/weather/{quote(city, safe='')}"

    def ask(self, subject: str) -> Request:
        return Request("GET", self.path(subject))

    def compare(self, cities: list[str]) -> Request:
        return Request("GET", "/weather", query=[("city", city) for city in cities])

    def content(self, answer: Answer) -> Any:
        return [expect.field(answer, name) for name in ("temperature", "condition")]

    def change(self, subject: str) -> None:
        self.standin.set(subject, *NEW_WEATHER)

    def unknown(self) -> str:
        return self.bench.word("Nowhere-")

    def settings(self, wanted: Settings) -> Mapping[str, str]:
        return {
            "CACHE_SECONDS": f"{wanted.fresh:g}",
            "STALE_SECONDS": f"{wanted.stale:g}",
            "CACHE_ENTRIES": str(wanted.entries),
            "UPSTREAM_SECONDS": f"{wanted.timeout:g}",
            "BREAKER_FAILURES": str(wanted.failures),
            "BREAKER_SECONDS": f"{wanted.cooldown:g}",
        }
