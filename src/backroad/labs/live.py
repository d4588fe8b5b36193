"""Runs as they go on, for whoever watches them: WebSocket and GraphQL alike.

However many watch, and however many runs, each process looks for news once a tick, and keeps what a watched run said
once. Every watcher goes through that at their own pace: one that is slow waits for itself alone and misses nothing.
"""

import asyncio
from collections.abc import AsyncGenerator
from weakref import WeakKeyDictionary

import structlog

from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.labs import actions
from backroad.labs.model import RunEvent, RunState

TICK = 0.1
"""Seconds between two looks for news."""
PAUSE = 1.0
"""Seconds until the next look where the database is away."""
log = structlog.get_logger()


class Feed:
    """All that one run has said so far."""

    def __init__(self) -> None:
        self.events: list[RunEvent] = []
        self.state: RunState = "running"
        self.watchers = 0
        self._news = asyncio.Event()

    @property
    def last(self) -> int:
        return self.events[-1].number if self.events else 0

    def add(self, state: RunState, events: list[RunEvent]) -> None:
        self.events += events
        self.state = state
        self._news.set()
        self._news = asyncio.Event()

    async def news(self) -> None:
        await self._news.wait()


class Feeds:
    """Of one process: the watched runs, and the one task that looks for their news."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._feeds: dict[str, Feed] = {}
        self._looking: asyncio.Task[None] | None = None

    def watch(self, run_id: str) -> Feed:
        """Give it back with `leave`."""
        feed = self._feeds.setdefault(run_id, Feed())
        feed.watchers += 1
        if self._looking is None or self._looking.done():
            self._looking = asyncio.ensure_future(self._look())
        return feed

    def leave(self, run_id: str) -> None:
        feed = self._feeds[run_id]
        feed.watchers -= 1
        if not feed.watchers:
            del self._feeds[run_id]

    async def _look(self) -> None:
        while self._feeds:
            known = {run_id: feed.last for run_id, feed in self._feeds.items() if feed.state == "running"}
            try:
                found = await self._db.run(lambda tx: actions.news(tx, known, clock.now()))  # noqa: B023
            except Problem as problem:
                log.warning("live runs wait", reason=problem.sentence)
                await asyncio.sleep(PAUSE)
                continue
            for run_id, (state, events) in found.items():
                feed = self._feeds.get(run_id)
                # Whoever left and came back meanwhile has a new feed, which begins at the beginning.
                if feed is not None and feed.last == known[run_id] and (events or state != feed.state):
                    feed.add(state, events)
            await asyncio.sleep(TICK)


_of_databases: WeakKeyDictionary[Database, Feeds] = WeakKeyDictionary()


async def followed(db: Database, learner: str, run_id: str, last: int) -> AsyncGenerator[RunEvent | RunState, None]:
    """Each event after number `last`, and at the end the state of the run. NotFound if it is not the learner's."""
    await db.run(lambda tx: actions.get_run(tx, learner, run_id, clock.now()))
    feeds = _of_databases.setdefault(db, Feeds(db))
    feed, place = feeds.watch(run_id), 0
    try:
        while True:
            while place < len(feed.events):
                event = feed.events[place]
                place += 1
                if event.number > last:
                    yield event
            if feed.state != "running":
                yield feed.state
                return
            await feed.news()
    finally:
        feeds.leave(run_id)
