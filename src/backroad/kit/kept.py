"""Answers that are kept in memory until what they were made of changes.

Each row that belongs to a learner moves that learner's version on, by a trigger in the database, whichever process
writes it. A kept answer is given again while the version is the one it was made of, so a reader always sees what was
written before. Time passes too: after a minute an answer is made anew.
"""

import asyncio
import sqlite3
from collections import OrderedDict
from collections.abc import Sequence
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.types import Message, Scope
from sqlalchemy import BigInteger, Column, Connection, String, Table, select

from backroad.kit import clock
from backroad.kit.db import Database, metadata
from backroad.kit.pages import viewer

touched_table = Table(
    "touched",
    metadata,
    Column("learner", String(40), primary_key=True),
    Column("version", BigInteger, nullable=False),  # drawn anew at each change
)
KEPT = {"kept": True}
"""`opt` of the handlers that take part."""
SECONDS = 60
MOST_BYTES = 64 * 1024 * 1024
LONGEST = 1024 * 1024
HEADERS = frozenset({b"content-type", b"cache-control", b"etag", b"link", b"vary"})
_VERSION = "SELECT version FROM touched WHERE learner = ?"
_PLACE = "kept"


class Answer(msgspec.Struct, frozen=True):
    made_of: tuple[int, int, int]
    """The learner's version, the generation of the content, and the minute."""
    headers: dict[str, str]
    body: bytes


class Kept:
    """Of one process. Handlers take part with `opt=KEPT`."""

    def __init__(self, db: Database) -> None:
        self.db = db
        self.generation = 0
        self._answers: OrderedDict[tuple[Any, ...], Answer] = OrderedDict()
        self._bytes = 0
        self._reader = _reader(db)
        self._asked: dict[str, asyncio.Future[int]] = {}
        """Who asks for a version, and is not asked for yet."""
        self._looking: asyncio.Task[None] | None = None

    def forget(self) -> None:
        """Something that is nobody's row has changed: the content."""
        self.generation += 1

    async def look(self, request: Request[Any, Any, Any]) -> Response[bytes] | None:
        """Litestar's hook before a request: the answer, if there is one; else it is noted that it should be kept."""
        access: Any = request.scope.get("access")
        if not request.route_handler.opt.get("kept") or access is None:
            return None
        version = await self._version(access.person.id)
        minute = int(clock.now().timestamp()) // SECONDS
        seen = viewer.get()
        place = (access.person.id, seen and tuple(seen.values()), request.scope["path"], request.scope["query_string"],
                 request.headers.get("hx-request"))  # fmt: skip
        made_of = (version, self.generation, minute)
        answer = self._answers.get(place)
        if answer is not None and answer.made_of == made_of:
            self._answers.move_to_end(place)
            return Response(answer.body, headers=answer.headers, media_type=answer.headers["content-type"])
        if version:  # without one, the learner has no row yet
            request.scope["state"][_PLACE] = (place, made_of)
        return None

    async def note(self, message: Message, scope: Scope) -> None:
        """Litestar's hook before it sends."""
        wanted = scope.get("state", {}).get(_PLACE)
        if wanted is None:
            return
        if message["type"] == "http.response.start":
            headers = {name.decode(): value.decode() for name, value in message["headers"] if name in HEADERS}
            if message["status"] == 200 and not any(name == b"set-cookie" for name, _ in message["headers"]):
                scope["state"][_PLACE] = (*wanted[:2], headers)
            else:
                del scope["state"][_PLACE]
        elif message["type"] == "http.response.body":
            del scope["state"][_PLACE]
            if not message.get("more_body") and len(message["body"]) <= LONGEST and len(wanted) == 3:
                self._keep(wanted[0], Answer(wanted[1], wanted[2], message["body"]))

    def _keep(self, place: tuple[Any, ...], answer: Answer) -> None:
        old = self._answers.pop(place, None)
        self._bytes += len(answer.body) - (len(old.body) if old else 0)
        self._answers[place] = answer
        while self._bytes > MOST_BYTES:
            _, gone = self._answers.popitem(last=False)
            self._bytes -= len(gone.body)

    async def _version(self, learner: str) -> int:
        """0 where nothing was ever written. SQLite is asked on the spot, which takes some ten microseconds. PostgreSQL
        is asked for all who wait at once: whoever comes while a query is under way waits for the next one, which
        begins later than they came, so that they see what was written before."""
        if self._reader is not None:
            try:
                row = self._reader.execute(_VERSION, (learner,)).fetchone()
            except sqlite3.Error:
                return 0
            return row[0] if row else 0
        asked = self._asked.setdefault(learner, asyncio.get_running_loop().create_future())
        if self._looking is None:
            self._looking = asyncio.create_task(self._look_up())
        return await asyncio.shield(asked)  # others may wait for the same

    async def _look_up(self) -> None:
        while self._asked:
            asked, self._asked = self._asked, {}
            try:
                found = await self.db.run(lambda tx, learners=list(asked): _versions(tx, learners))  # type: ignore[misc]
            except Exception as error:
                for future in asked.values():
                    future.set_exception(error)
            else:
                for learner, future in asked.items():
                    future.set_result(found.get(learner, 0))
        self._looking = None

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()


def _versions(tx: Connection, learners: Sequence[str]) -> dict[str, int]:
    touched = touched_table.c
    rows = tx.execute(select(touched.learner, touched.version).where(touched.learner.in_(learners)))
    return {row.learner: row.version for row in rows}


def _reader(db: Database) -> sqlite3.Connection | None:
    """A connection of its own that only reads; what it reads is always committed."""
    if not db.is_sqlite:
        return None
    return sqlite3.connect(
        f"file:{db.engine.url.database}?mode=ro", uri=True, isolation_level=None, timeout=1, check_same_thread=False
    )
