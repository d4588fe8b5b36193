"""What a lab whose services talk through a broker tells the checks of `messaging`.

A job is a piece of work that is accepted (202), waits in a queue and has one effect, seen from outside. Jobs of one key
are worked in the order in which they were accepted. A trade is an item of a seller that somebody buys: an order goes
through several services, and ends confirmed or rejected.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from functools import partial
from typing import TypeVar

import msgspec

from backroad.verifier.answer import Answer
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.driver import LabDriver, Person
from backroad.verifier.exchange import Request
from backroad.verifier.histories import History
from backroad.verifier.verdict import Failed
from backroad.verifier.wording import seconds

Seen = TypeVar("Seen")
WAITING, DONE, PARKED = "waiting", "done", "parked"
OPEN, CONFIRMED, REJECTED = "open", "confirmed", "rejected"
BROKERS = ("rabbitmq", "redis")
PAUSE = 0.05  # seconds between two looks


class Job(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    path: str
    answer: Answer  # that accepted it


class Trade(msgspec.Struct, frozen=True, kw_only=True):
    buyer: Person
    seller: Person
    item: str
    price: int
    stock: int  # how many there are at first


class Order(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    path: str
    answer: Answer


class Messaging(LabDriver):
    """A lab overrides the hooks in the first half."""

    worker: str  # the part that works jobs
    behind: tuple[str, ...]  # parts that may be away while orders and jobs are accepted
    services: tuple[str, ...]  # what they are called in the log, each of which takes part in an order
    settles: float = 15.0  # seconds within which everything that was accepted is settled, once all is well

    async def job_key(self, person: Person) -> str:
        """A new key of theirs, under which no job was ever sent."""
        raise NotImplementedError

    async def send_job(self, person: Person, key: str, *, takes: float = 0.0) -> Job:
        """Fails unless it is accepted. `takes`: seconds that a worker spends on it, at most 2."""
        raise NotImplementedError

    def poisons(self) -> Mapping[str, str]:
        """What is wrong with it -> content of a job that is accepted and can never be worked."""
        raise NotImplementedError

    async def send_poison(self, person: Person, key: str, content: str) -> Job:
        raise NotImplementedError

    async def job_state(self, person: Person, job: Job) -> str:
        """WAITING, DONE or PARKED, as the target says it."""
        raise NotImplementedError

    async def parked(self, person: Person) -> list[str]:
        """Ids of their jobs that the target lists as parked."""
        raise NotImplementedError

    async def effects(self, person: Person, key: str) -> list[str]:
        """Ids of the jobs of a key that had their effect, in that order, as often as they had it."""
        raise NotImplementedError

    async def open_trade(self, *, stock: int = 100, price: int = 100) -> Trade:
        """Two people, each with `purse`, and an item of the seller."""
        raise NotImplementedError

    purse: int

    def order_request(self, trade: Trade, *, quantity: int = 1, key: str) -> Request:
        """What the buyer sends. `key`: under which it may be sent again and is one order."""
        raise NotImplementedError

    def accepted(self, answer: Answer) -> Order:
        """Fails unless the answer accepts an order."""
        raise NotImplementedError

    async def place(
        self, trade: Trade, *, quantity: int = 1, key: str = "", headers: Mapping[str, str] | None = None
    ) -> Order:
        """Fails unless the order is accepted."""
        request = self.order_request(trade, quantity=quantity, key=key or self.bench.word("key-"))
        return self.accepted(await self.bench.client().send(request, headers=headers))

    async def order_state(self, trade: Trade, order: Order) -> str:
        """OPEN, CONFIRMED or REJECTED, as the target says it."""
        raise NotImplementedError

    async def money(self, trade: Trade) -> dict[Hashable, int]:
        """What the buyer and the seller have."""
        raise NotImplementedError

    async def left(self, trade: Trade) -> int:
        raise NotImplementedError

    # What the checks make of it.

    def brokers(self) -> list[Proxy]:
        """The proxies before the brokers that the target is connected to; Unavailable if there are none."""
        found, missing = [], Unavailable("There is no broker.")
        for name in BROKERS:
            try:
                found.append(self.bench.dependency(name))
            except Unavailable as error:
                missing = error
        used = [proxy for proxy in found if proxy.open_connections]
        if not used:
            raise missing if not found else Unavailable("The target uses none of the brokers that it was given.")
        return used

    async def kill(self, name: str) -> None:
        """A part, or everything where the parts cannot be told apart."""
        target = self.bench.target
        await (target.part(name) if name in target.parts else target).kill()

    async def start(self, name: str) -> None:
        target = self.bench.target
        await (target.part(name) if name in target.parts else target).start()

    async def until(
        self, look: Callable[[], Awaitable[Seen]], fits: Callable[[Seen], bool], *, within: float | None = None
    ) -> Seen:
        """Looks again and again; what was seen last, whether it fits or not."""
        deadline = time.perf_counter() + (self.settles if within is None else within)
        while True:
            seen = await look()
            if fits(seen) or time.perf_counter() > deadline:
                return seen
            await asyncio.sleep(PAUSE)

    async def until_done(
        self, person: Person, jobs: Iterable[Job], *, within: float | None = None, after: str = ""
    ) -> None:
        """Fails if one of them is not done in time; `after` says in the finding what happened before."""
        limit = self.settles if within is None else within
        deadline = time.perf_counter() + limit
        for job in jobs:
            state = await self.until(
                partial(self.job_state, person, job),
                lambda state: state != WAITING,
                within=deadline - time.perf_counter(),
            )
            if state != DONE:
                raise self._unsettled(job.answer, "done", state, limit, after)

    async def until_settled(
        self, trade: Trade, orders: Iterable[Order], *, within: float | None = None, after: str = ""
    ) -> list[str]:
        """Their states in the end; fails if one of them is still open after a while."""
        limit = self.settles if within is None else within
        deadline = time.perf_counter() + limit
        states = []
        for order in orders:
            state = await self.until(
                partial(self.order_state, trade, order),
                lambda state: state != OPEN,
                within=deadline - time.perf_counter(),
            )
            if state == OPEN:
                raise self._unsettled(order.answer, "settled", state, limit, after)
            states.append(state)
        return states

    def _unsettled(self, answer: Answer, wanted: str, state: str, limit: float, after: str) -> Failed:
        last = self.bench.journal.exchanges[-1]
        expected = f"what was accepted is {wanted} within {seconds(limit)}{f' after {after}' if after else ''}"
        return Failed(expected=expected, got=f"it is {state}", exchanges=(answer.exchange, last))

    async def worked(self, person: Person, key: str, jobs: Iterable[Job]) -> History:
        """What was accepted and what had an effect, for `histories.queue`. Names jobs by their place."""
        history = History()
        numbers = {job.id: number for number, job in enumerate(jobs, 1)}
        for job in jobs:
            history.begin("sender", "enqueue", job=numbers[job.id]).ok(exchange=job.answer.exchange)
        for effect in await self.effects(person, key):
            history.begin("worker", "done", job=numbers.get(effect, effect)).ok()
        return history
