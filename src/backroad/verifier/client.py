"""The recording HTTP/1.1 client of a check."""

import time
from typing import Any

from backroad.verifier.answer import Answer, LostAnswer, NoAnswer
from backroad.verifier.connection import Connection, NoReply, Reply
from backroad.verifier.exchange import IDEMPOTENT, Exchange, HeaderInput, Headers, QueryInput, Request, merge
from backroad.verifier.journal import Journal
from backroad.verifier.target import Target

DEFAULT_TIMEOUT = 5.0
DEFAULT_MAX_BODY = 8 << 20
STALE_AFTER = 1.0  # a request that must not be sent twice goes out on a connection idle for less than this
KEPT_BODY = 4096


class Client:
    """Keeps connections alive, opens a new one where the target closed it, follows no redirects, never retries.

    The one exception: a reused connection that closes before any byte of the answer, under a method that may be
    repeated safely, is replaced once; the exchange says so (`reconnected`).
    """

    def __init__(
        self, target: Target, journal: Journal, headers: HeaderInput, *, timeout: float, max_body: int
    ) -> None:
        self.headers: HeaderInput = merge(headers, ())
        self.timeout = timeout
        self.max_body = max_body
        self._target = target
        self._journal = journal
        self._idle: list[Connection] = []

    async def request(
        self, method: str, path: str, *, headers: HeaderInput | None = None, json: Any = ...,
        body: bytes | str | None = None, query: QueryInput | None = None, timeout: float | None = None,
        max_body: int | None = None,
    ) -> Answer:  # fmt: skip
        """One exchange. No answer raises LostAnswer; `timeout` covers connecting, sending and receiving."""
        request = Request(method=method, path=path, headers=headers or (), json=json, body=body, query=query)
        return await self.send(request, timeout=timeout, max_body=max_body)

    async def send(self, request: Request, *, timeout: float | None = None, max_body: int | None = None) -> Answer:
        limit = self.timeout if timeout is None else timeout
        head, body = request.encode(self._target.netloc, self.headers)
        record = Record(self._journal, request, head, body)
        idempotent = request.method.upper() in IDEMPOTENT
        with self._journal.waiting(time.perf_counter() + limit):
            connection: Connection | None = None
            try:
                connection = await self._take(idempotent, record, limit)
                try:
                    reply = await self._roundtrip(connection, record, limit, max_body)
                except NoReply as lost:
                    if not (connection.reused and lost.before_any_byte and idempotent and not lost.timed_out):
                        raise
                    record.reconnected = True
                    connection = await Connection.open(self._target, self._journal.lane(), limit)
                    reply = await self._roundtrip(connection, record, limit, max_body)
            except NoReply as lost:
                raise LostAnswer(record.no_answer(lost)) from None
            finally:
                if connection is not None:
                    self._give_back(connection)
        return record.answer(reply)

    async def _roundtrip(
        self, connection: Connection, record: "Record", limit: float, max_body: int | None
    ) -> Reply:
        record.lane = connection.lane
        left = limit - (time.perf_counter() - record.began)
        bound = self.max_body if max_body is None else max_body
        return await connection.roundtrip(
            record.head, record.body, head_only=record.head_only, timeout=left, shown=limit, max_body=bound
        )

    async def _take(self, idempotent: bool, record: "Record", limit: float) -> Connection:
        await self._target.breathe()  # lets the loop see that an idle connection was closed
        now = time.perf_counter()
        while self._idle:
            connection = self._idle.pop()
            fresh = idempotent or now - connection.idle_since < STALE_AFTER
            if connection.usable and fresh:
                connection.reused = True
                return connection
            connection.close()
        return await Connection.open(self._target, self._journal.lane(), limit)

    def _give_back(self, connection: Connection) -> None:
        if connection.usable:
            self._idle.append(connection)
        else:
            connection.close()

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.request("GET", path, **options)

    async def head(self, path: str, **options: Any) -> Answer:
        return await self.request("HEAD", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Any) -> Answer:
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> Answer:
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        return await self.request("DELETE", path, **options)

    async def options(self, path: str, **options: Any) -> Answer:
        return await self.request("OPTIONS", path, **options)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()
