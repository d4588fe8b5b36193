"""What moves the messages of one service: its outbox goes out, its queue comes in."""

import asyncio
import contextlib
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from weakref import WeakValueDictionary

import msgspec
import tracing
from broker import PAUSE, Broker
from store import Message, Store

log = logging.getLogger(__name__)
ATTEMPTS = 3  # of a message that fails for no reason that we know, before it is parked
LOOK_AGAIN = 1.0  # seconds after which the outbox is looked at without being asked to

Handler = Callable[[Message], Awaitable[None]]


class Poison(Exception):
    """This message can never be worked, however often it is tried."""


class Worker:
    def __init__(
        self, queue: str, store: Store, broker: Broker, handlers: dict[str, Handler],
        on_parked: Callable[[sqlite3.Connection, Message, str], None] | None = None,
    ) -> None:  # fmt: skip
        self._queue = queue
        self._store = store
        self._broker = broker
        self._handlers = handlers
        self._on_parked = on_parked
        self._lanes: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._relay()),
            asyncio.create_task(self._broker.consume(self._queue, self._receive)),
        ]

    async def stop(self) -> None:
        """At once: what is half done was not acknowledged, and changes nothing before its one transaction."""
        for task in self._tasks:
            task.cancel()
        await asyncio.wait(self._tasks, timeout=1)
        await self._broker.close()

    async def _relay(self) -> None:
        """Publishes the outbox in its order. A row goes when the broker has it: twice perhaps, never not at all."""
        while True:
            self._store.news.clear()
            try:
                rows = await self._store.run(self._store.waiting)
                for row in rows:
                    await self._broker.publish(row["queue"], row["message"])
                    await self._store.run(self._store.published, row["id"])
            except Exception as error:
                log.warning("the outbox waits: %s", error)
                await asyncio.sleep(PAUSE)
                continue
            if not rows:  # else there may be more
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._store.news.wait()

    async def _receive(self, content: bytes) -> None:
        try:
            message = msgspec.json.decode(content, type=Message)
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            log.error("what is in the queue is no message: %s", error)
            return
        tracing.enter(message.traceparent)
        lane = self._lanes.setdefault(message.key, asyncio.Lock())
        async with lane:  # one key, one at a time, first come first served; others do not wait
            await self._work(message, content)

    async def _work(self, message: Message, content: bytes) -> None:
        reason = f"nobody works messages of the kind {message.kind}"
        for attempt in range(1, ATTEMPTS + 1):
            try:
                if handler := self._handlers.get(message.kind):
                    await handler(message)
                    log.info("worked %s %s", message.kind, message.key)
                    return
            except Poison as poison:
                reason = str(poison)
                break
            except Exception as error:
                log.exception("%s %s went wrong, attempt %d", message.kind, message.key, attempt)
                reason = f"{type(error).__name__}: {error}"
                await asyncio.sleep(PAUSE * attempt)
        await self._store.work_once(message, self._park, message, content, reason)
        log.error("parked %s %s: %s", message.kind, message.key, reason)

    def _park(self, db: sqlite3.Connection, message: Message, content: bytes, reason: str) -> None:
        """Out of the way, and kept for somebody to look at."""
        db.execute("INSERT INTO parked VALUES (?, ?, ?)", (message.id, content, reason))
        if self._on_parked is not None:
            self._on_parked(db, message, reason)
