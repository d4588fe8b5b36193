"""Idempotency keys (draft-ietf-httpapi-idempotency-key-header): a POST that is sent again under its key is done once.

The key is taken before the request is handled and its answer is kept for a day, both for the person who asks. A request
that was refused (4xx) or failed (5xx) leaves its key free, so that it can be mended and sent again. So does one whose
answer holds a secret (`cache-control: no-store`), which is kept nowhere.
"""

import hashlib
import re
import zlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
from litestar import Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Message, Receive, Scope, Send
from sqlalchemy import (
    JSON,
    Column,
    Connection,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    delete,
    func,
    select,
    update,
)

from backroad.kit import clock
from backroad.kit.db import Database, UtcDateTime, metadata
from backroad.kit.errors import Problem
from backroad.kit.rows import add_new

KEPT = timedelta(hours=24)
ABANDONED = timedelta(minutes=2)
"""After so long without an answer, the process that took the key is dead."""
MOST = 1_000
"""Keys of one person within a day."""
KEY = '^"?[!#-~]{1,255}"?$'
"""Visible characters, in quotation marks (as the draft has it) or without."""
_REPEATED = ("content-type", "location", "etag")
_TAKEN = "idempotency key"
"""Where a request's state says which key it has taken."""

idempotency_table = Table(
    "idempotency",
    metadata,
    Column("person", String(40), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("fingerprint", String(64), nullable=False),
    Column("at", UtcDateTime, nullable=False),
    Column("status", Integer),
    Column("headers", JSON, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("ix_idempotency_at", "at"),
)
i = idempotency_table.c


class Kept(msgspec.Struct, frozen=True):
    status: int
    headers: dict[str, str]
    body: bytes


class Taken(msgspec.Struct, frozen=True):
    """A key of a person, for the request that is being handled."""

    person: str
    key: str


async def take(request: Request[Any, Any, Any], db: Database, person: str) -> Response[bytes] | None:
    """Before a POST is handled: the answer that was given already, or None where it is still to be given.

    Raises a Problem: 400 for what is no key, 409 while the first request is being handled, 422 when the key belongs to
    another request, 429 for too many keys.
    """
    given = request.headers.get("idempotency-key")
    if given is None or request.method != "POST":
        return None
    if not re.fullmatch(KEY, given):
        raise Problem("The Idempotency-Key is not one.", "Send 1 to 255 visible ASCII characters, such as a UUID.")
    taken = Taken(person, given.strip('"'))
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    fingerprint = hashlib.sha256(asked).hexdigest()
    kept = await db.run(lambda tx: claim(tx, taken, fingerprint, clock.now()))
    if kept is None:
        request.scope["state"][_TAKEN] = taken
        return None
    headers = {**kept.headers, "idempotency-replayed": "true"}
    media_type = headers.pop("content-type", "application/json")
    return Response(zlib.decompress(kept.body), status_code=kept.status, headers=headers, media_type=media_type)


def claim(tx: Connection, taken: Taken, fingerprint: str, now: datetime) -> Kept | None:
    """Take the key; what is kept under it already. Keys that are over, or abandoned, are forgotten first."""
    this = (i.person == taken.person, i.key == taken.key)
    tx.execute(delete(idempotency_table).where(i.at < now - KEPT))
    tx.execute(delete(idempotency_table).where(*this, i.status.is_(None), i.at < now - ABANDONED))
    row = {"person": taken.person, "key": taken.key, "fingerprint": fingerprint, "at": now, "headers": {}, "body": b""}
    if add_new(tx, idempotency_table, row):
        if tx.execute(select(func.count()).where(i.person == taken.person)).scalar_one() > MOST:
            raise Problem(f"You have used {MOST:,} idempotency keys within a day.", "Try again later.", status=429)
        return None
    there = tx.execute(select(idempotency_table).where(*this)).mappings().first()
    if there is not None and there["fingerprint"] != fingerprint:
        said = "This Idempotency-Key was used for another request."
        raise Problem(said, "Use a new key for each new request.", status=422)
    if there is None or there["status"] is None:
        said = "A request with this Idempotency-Key is being handled."
        raise Problem(said, "Send it again in a moment: you are given its answer.", status=409)
    return Kept(there["status"], there["headers"], there["body"])


def keep(tx: Connection, taken: Taken, answer: Kept | None) -> None:
    """The answer under its key; None sets the key free."""
    this = (i.person == taken.person, i.key == taken.key)
    if answer is None:
        tx.execute(delete(idempotency_table).where(*this))
    else:
        tx.execute(update(idempotency_table).where(*this).values(**msgspec.structs.asdict(answer)))


class Keeping:
    """Middleware: the answer of a request that took a key is kept before the client sees it."""

    def __init__(self, app: ASGIApp, db: Database) -> None:
        self.app = app
        self.db = db

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        keyed = scope["type"] == ScopeType.HTTP and any(name == b"idempotency-key" for name, _ in scope["headers"])
        await self.app(scope, receive, self._keeping(scope, send) if keyed else send)

    def _keeping(self, scope: Scope, send: Send) -> Send:
        start: list[Message] = []
        body = bytearray()

        async def wrapped(message: Message) -> None:
            taken: Taken | None = scope["state"].get(_TAKEN)
            if taken is None:
                await send(message)
            elif message["type"] == "http.response.start":
                start.append(message)
            elif message["type"] == "http.response.body":
                body.extend(message["body"])
                if not message.get("more_body"):
                    await self._keep(taken, start[0], bytes(body))
                    await send(start[0])
                    await send({"type": "http.response.body", "body": bytes(body), "more_body": False})

        return wrapped

    async def _keep(self, taken: Taken, start: Message, body: bytes) -> None:
        status: int = start["status"]  # type: ignore[typeddict-item]
        given = {name.decode().lower(): value.decode("latin-1") for name, value in start["headers"]}  # type: ignore[typeddict-item]
        headers = {name: given[name] for name in _REPEATED if name in given}
        secret = "no-store" in given.get("cache-control", "")
        answer = Kept(status, headers, zlib.compress(body)) if status < 400 and not secret else None
        await self.db.run(lambda tx: keep(tx, taken, answer))
