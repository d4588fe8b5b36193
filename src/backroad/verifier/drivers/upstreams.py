"""Hooks of the checks on upstreams: how a request comes to need one, and how the target is told its settings."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec

from backroad.verifier import expect
from backroad.verifier.answer import Answer, LostAnswer, NoAnswer
from backroad.verifier.at_once import release_together
from backroad.verifier.curl import describe
from backroad.verifier.driver import LabDriver
from backroad.verifier.exchange import Exchange, Request
from backroad.verifier.target import Target
from backroad.verifier.verdict import Failed

PATIENCE = 15.0  # seconds; no good target needs them, but a busy machine may
NEVER = 1_000_000


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """What a check wants of an instance. By default nothing ages and the breaker stays closed."""

    fresh: float = 3600.0  # seconds for which an answer of the upstream is kept
    stale: float = 0.0  # seconds after that for which it may stand in for a failed call
    entries: int = 10_000  # kept at most
    timeout: float = 5.0  # seconds for one call of the upstream
    failures: int = NEVER  # in a row, that open the breaker
    cooldown: float = 3600.0  # seconds for which it stays open


class Instance:
    """One more process of the target, with settings of its own; it ends with the check."""

    def __init__(self, driver: "Upstreams", target: Target) -> None:
        self._driver = driver
        self._journal = driver.bench.journal
        self.target = target
        self.client = driver.bench.client(target=target, timeout=PATIENCE)

    async def ask(self, subject: str) -> Answer:
        return await self.client.send(self._driver.ask(subject))

    async def ask_at_once(self, subjects: Sequence[str]) -> list[Answer | NoAnswer]:
        requests = [self._driver.ask(subject) for subject in subjects]
        return await release_together(requests, self.target, self._journal, timeout=PATIENCE, max_body=1 << 20)

    @asynccontextmanager
    async def asking(self, subjects: Sequence[str]) -> AsyncIterator[None]:
        """These requests are under way during the block, and given up after it."""
        asked = asyncio.create_task(self.ask_at_once(subjects))
        try:
            yield
        finally:
            asked.cancel()
            await asyncio.wait([asked])


class Upstreams(LabDriver):
    upstream: str  # name of the stand-in
    attempts = 2  # calls that one request may cost
    pause_span = 0.1  # seconds; the pause before a retry is drawn from a span at least that wide

    @property
    def standin(self) -> Any:
        return self.bench.standin(self.upstream)

    def settings(self, wanted: Settings) -> Mapping[str, str]:
        """The variables that say so in this contract."""
        raise NotImplementedError

    async def subject(self) -> str:
        """Something new to ask about; the upstream answers for each of them."""
        return self.bench.word("Town-")

    def ask(self, subject: str) -> Request:
        """A request whose answer needs the upstream, unless it is known already."""
        raise NotImplementedError

    def content(self, answer: Answer) -> Any:
        """The part of the answer that comes from the upstream and differs from subject to subject."""
        raise NotImplementedError

    def change(self, subject: str) -> None:
        """From now on the upstream says something else about it."""
        raise NotImplementedError

    def unknown(self) -> str:
        """Something new that the upstream does not know."""
        raise NotImplementedError

    def ask_for_stream(self, subject: str) -> Request:
        """A request that is answered piece by piece while the upstream still writes."""
        raise NotImplementedError

    def text_of(self, data: bytes) -> str:
        """The upstream's text in what has come of such an answer."""
        raise NotImplementedError

    def refusal(self, answer: Answer | NoAnswer, status: expect.Status) -> None:
        """Fails unless the answer has this status, or one of these, and the form of this contract's errors."""
        expect.problem(answer, status)

    async def instance(self, **wanted: Any) -> Instance:
        return Instance(self, await self.bench.second_instance(env=self.settings(Settings(**wanted))))


@contextmanager
def while_(trouble: str) -> Iterator[None]:
    """What fails in this block says so: `GET /weather/Oslo, while the upstream never answers`."""
    try:
        yield
    except LostAnswer as lost:
        got = f"no answer: the target {lost.reason}"
        raise Failed(sent=said((lost.exchange,), trouble), expected="an answer", got=got) from None
    except Failed as failed:
        sent = failed.sent or said(failed.exchanges, trouble)
        raise Failed(sent=sent, expected=failed.expected, got=failed.got, exchanges=failed.exchanges) from None


def said(exchanges: Sequence[Exchange], trouble: str) -> str:
    return f"{describe(exchanges)}, while {trouble}"
