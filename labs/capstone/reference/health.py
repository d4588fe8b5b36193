"""Two questions of those who run it: does the process live, and should requests come here now?"""

import logging

import psycopg
import schema
from asgi import Answer, Request
from database import OLD_SCHEMA, Database, Unavailable, why
from edge import failure

PATIENCE = 0.9  # seconds; who asks waits for one
UNCACHED = {"Cache-Control": "no-store"}

log = logging.getLogger(__name__)


class Health:
    """Asks on a connection of its own: a busy pool is no reason to take an instance out, and put its load on others."""

    def __init__(self, database_url: str) -> None:
        self.stopping = False
        self._database = Database(database_url, connections=1, patience=PATIENCE)
        self._last: str | None = None

    async def alive(self, request: Request) -> Answer:
        """Asks nobody. A restart cannot mend the database, so the database must not cause one."""
        return Answer(200, {"status": "ok"}, UNCACHED)

    async def ready(self, request: Request) -> Answer:
        reason = await self.trouble()
        return failure(503, "Not ready.", reason) if reason else Answer(200, {"status": "ok"}, UNCACHED)

    async def trouble(self) -> str:
        """Why no requests should come here now, or nothing. Said in the log whenever it changes."""
        reason = "stopping" if self.stopping else await self._ask()
        if reason != self._last:
            self._last = reason
            more = {"more": {"reason": reason}} if reason else None
            log.log(logging.WARNING if reason else logging.INFO, "not ready" if reason else "ready", extra=more)
        return reason

    async def _ask(self) -> str:
        try:
            return "" if await self._database.run(schema.version) >= schema.NEEDED else OLD_SCHEMA
        except Unavailable as error:
            return str(error)
        except psycopg.Error as error:  # it answers, and refuses
            return why(error)

    def close(self) -> None:
        self._database.close()
