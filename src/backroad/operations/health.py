"""Whether this process should get requests: each part that it needs is asked, and none may keep the answer waiting."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import msgspec
import structlog

from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.migrate import known_revisions, revision
from backroad.migrations import HEAD
from backroad.operations.workers import is_draining

log = structlog.get_logger()
State = Literal["well", "degraded", "failed"]
PATIENCE = 1.0
"""Seconds that a part has to answer."""
FRESH = 0.5
"""Seconds for which an answer is given again, whoever asks."""


class Part(msgspec.Struct, frozen=True):
    name: str
    state: State
    says: str = ""


class Report(msgspec.Struct, frozen=True):
    status: Literal["ready", "degraded", "not ready"]
    parts: tuple[Part, ...]


class Health:
    """`redis_url` may be empty. Without Redis each process goes on alone: that is degraded, and still ready."""

    def __init__(self, db: Database, redis_url: str = "", draining: Callable[[], bool] = is_draining) -> None:
        self.db = db
        self._redis_url = redis_url
        self._draining = draining
        self._asking: asyncio.Task[Report] | None = None
        self._last = Report("not ready", ())
        self._until = 0.0
        self._schema: asyncio.Future[str | None] | None = None

    async def report(self) -> Report:
        """Many who ask at once are answered by one look."""
        if self._draining():
            return Report("not ready", (Part("server", "failed", "It is shutting down."),))
        loop = asyncio.get_running_loop()
        if loop.time() >= self._until:
            if self._asking is None or self._asking.done():
                self._asking = loop.create_task(self._look())
            self._last = await asyncio.shield(self._asking)
            self._until = loop.time() + FRESH
        return self._last

    async def _look(self) -> Report:
        parts = [self._database()] + ([self._redis()] if self._redis_url else [])
        found = tuple(await asyncio.gather(*parts))
        states = {part.state for part in found}
        for part in found:
            if part.state != "well":
                log.warning("not well", part=part.name, state=part.state, reason=part.says)
        return Report("not ready" if "failed" in states else "degraded" if "degraded" in states else "ready", found)

    async def _database(self) -> Part:
        """A question that still waits for its answer is not asked a second time."""
        if self._schema is None or self._schema.done():
            self._schema = asyncio.ensure_future(self.db.run(revision))
            self._schema.add_done_callback(_seen)
        try:
            found = await asyncio.wait_for(asyncio.shield(self._schema), PATIENCE)
        except TimeoutError:
            return Part("database", "failed", f"It does not answer within {PATIENCE:g} s.")
        except Problem as problem:
            return Part("database", "failed", problem.sentence)
        except Exception as error:
            return Part("database", "failed", f"It cannot be asked ({type(error).__name__}).")
        if found == HEAD:
            return Part("database", "well")
        if found is None or found in known_revisions():
            return Part("database", "failed", "Its schema is older than this version: run backroad migrate.")
        # As while a newer version is rolled out, whose migrations never take away what this one uses.
        return Part("database", "degraded", "Its schema is newer than this version.")

    async def _redis(self) -> Part:
        from redis.asyncio import Redis

        client: Any = Redis.from_url(self._redis_url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
        try:
            await asyncio.wait_for(client.ping(), PATIENCE)
        except Exception as error:
            return Part("redis", "degraded", f"It does not answer ({type(error).__name__}).")
        finally:
            await client.aclose()
        return Part("redis", "well")


def _seen(question: asyncio.Future[Any]) -> None:
    """Its error was told, or nobody waited for it any more."""
    if not question.cancelled():
        question.exception()
