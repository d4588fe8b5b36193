"""The proxy before Redis: counts commands, and fails or loses the n-th."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from backroad.verifier.dependencies.link import Link
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.redis_wire import Command, RedisWire
from backroad.verifier.dependencies.watching import Plan, Planned, Seen, Watch
from backroad.verifier.dependencies.wire import Wire

LOADING = "LOADING Redis is loading the dataset in memory"


class RedisProxy(Proxy):
    """`only` is the one database that the target may use, on a server that holds other data; None for our own."""

    def __init__(self, name: str, address: tuple[str, int], *, seed: str = "", only: int | None = None) -> None:
        super().__init__(name, address, seed=seed)
        self._only = only
        self._watch: Watch[Command] = Watch()

    def make_wire(self, link: Link) -> Wire:
        return RedisWire(link, self._watch, link.number, only=self._only)

    @property
    def commands(self) -> int:
        """All there ever were, with those that drivers send for themselves."""
        return self._watch.total

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[Seen[Command]]:
        """`seen.count` and `seen.texts` ("GET greeting") leave out what drivers send for themselves."""
        with self._watch.counting() as seen:
            yield seen

    def fail(
        self, nth: int = 1, error: str = LOADING, *, matching: str | None = None, times: int = 1
    ) -> Planned[Command]:
        """The n-th command from now is answered with an error, and not executed; then the `times` - 1 after it.

        `matching` is a regular expression for the text, "GET greeting". An EXEC that fails is answered EXECABORT.
        """
        if not error or not error.isascii() or not error.isprintable() or len(error) > 500:
            raise ValueError("the error must be one line of ASCII, at most 500 characters")
        return self._watch.plan(Plan(nth, times, matching, error=error, message="", how="answer"))

    failing = fail

    def lose(
        self, nth: int = 1, *, when: Literal["before", "after"], matching: str | None = None, times: int = 1
    ) -> Planned[Command]:
        """The connection ends at the n-th command from now: before it was executed, or after that but unanswered."""
        return self._watch.plan(Plan(nth, times, matching, error="", message="", how=when))

    losing = lose

    def restore(self) -> None:
        self._watch.plans = []
        super().restore()
