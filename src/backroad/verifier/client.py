"""The recording HTTP/1.1 client of a check."""

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING, Any, TypedDict, Unpack

import msgspec

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.connection import MAX_EARLY, Connection, NoReply
from backroad.verifier.exchange import IDEMPOTENT, HeaderInput, Headers, QueryInput, Request, merge
from backroad.verifier.journal import Journal
from backroad.verifier.record import Record
from backroad.verifier.reply import Reply
from backroad.verifier.target import Target

if TYPE_CHECKING:
    from backroad.verifier.streaming import Stream

DEFAULT_TIMEOUT = 5.0
DEFAULT_MAX_BODY = 8 << 20
STALE_AFTER = 1.0  # a request that must not be sent twice goes out on a connection idle for less than this


class Options(TypedDict, total=False):
    headers: HeaderInput | None
    json: Any
    body: bytes | str | None
    query: QueryInput | None
    timeout: float | None
    max_body: int | None


class Client:
    """Keeps connections alive, opens a new one where the target closed it, follows no redirects, never retries.

    The one exception: a reused connection that closes before any byte of the answer, under a method that may be
    repeated safely, is replaced once; the exchange says so (`reconnected`).
    """

    def __init__(
        self, target: Target, journal: Journal, headers: HeaderInput, *, timeout: float, max_body: int
    ) -> None:
        self.headers = Headers(merge(headers, ()))
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

    async def send(
        self, request: Request, *, headers: HeaderInput | None = None, timeout: float | None = None,
        max_body: int | None = None,
    ) -> Answer:  # fmt: skip
        """Like request(); `headers` go on top of the request's own."""
        if headers:
            request = msgspec.structs.replace(request, headers=merge(request.headers, headers))
        limit = self.timeout if timeout is None else timeout
        bound = self.max_body if max_body is None else max_body
        record = Record.of(self._journal, request, self._target.netloc, self.headers)
        with self._journal.waiting(time.perf_counter() + limit):
            try:
                reply = await self._exchange(record, limit, bound)
            except NoReply as lost:
                raise LostAnswer(record.no_answer(lost)) from None
        return record.answer(reply)

    async def stream(self, request: Request, *, timeout: float | None = None) -> "Stream":
        """The answer while it arrives, on a connection of its own; `timeout` is for each piece of it."""
        from backroad.verifier.streaming import Stream

        limit = self.timeout if timeout is None else timeout
        return await Stream.open(
            self._target, self._journal, request, self.headers.pairs, timeout=limit, max_body=self.max_body
        )

    async def _exchange(self, record: Record, limit: float, bound: int) -> Reply:
        idempotent = record.method.upper() in IDEMPOTENT
        deadline = record.began + limit
        connection = await self._take(idempotent)
        if connection is not None:
            try:
                return await self._roundtrip(connection, record, deadline, limit, bound)
            except NoReply as lost:
                if lost.timed_out or not (lost.before_any_byte and idempotent):
                    raise
                record.reconnected = True
        connection = await Connection.open(self._target.address, self._journal.lane(), limit, self._target.security)
        return await self._roundtrip(connection, record, deadline, limit, bound)

    async def _roundtrip(
        self, connection: Connection, record: Record, deadline: float, limit: float, bound: int
    ) -> Reply:
        record.lane = connection.lane
        record.began = time.perf_counter()
        left = deadline - record.began
        try:
            return await connection.roundtrip(
                record.head, record.body, head_only=record.head_only, timeout=left, shown=limit, max_body=bound
            )
        finally:
            if connection.usable:
                self._idle.append(connection)
            else:
                connection.close()

    async def _take(self, idempotent: bool) -> Connection | None:
        """An idle connection that still looks open."""
        await asyncio.sleep(0)  # lets the loop notice a connection that the target has closed
        now = time.perf_counter()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and (idempotent or now - connection.idle_since < STALE_AFTER):
                return connection
            connection.close()
        return None

    async def get(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("GET", path, **options)

    async def head(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("HEAD", path, **options)

    async def post(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("POST", path, **options)

    async def put(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("PUT", path, **options)

    async def patch(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("PATCH", path, **options)

    async def delete(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("DELETE", path, **options)

    async def options(self, path: str, **options: Unpack[Options]) -> Answer:
        return await self.request("OPTIONS", path, **options)

    def close(self) -> None:
        while self._idle:
            self._idle.pop().close()


class RawConnection:
    """One open connection that takes any bytes: malformed requests, slow clients, reuse."""

    def __init__(self, connection: Connection, journal: Journal, timeout: float, max_body: int) -> None:
        self._connection = connection
        self._journal = journal
        self._timeout = timeout
        self._max_body = max_body
        self._sent = b""

    @classmethod
    async def open(cls, target: Target, journal: Journal, *, timeout: float, max_body: int) -> "RawConnection":
        try:
            connection = await Connection.open(target.address, journal.lane(), timeout, target.security)
        except NoReply as lost:
            raise LostAnswer(Record(journal, "CONNECT", "", b"", b"").no_answer(lost)) from None
        return cls(connection, journal, timeout, max_body)

    async def send(self, data: bytes) -> None:
        """Write bytes and wait until the kernel has them; bytes to a closed connection vanish."""
        if not self._sent:
            self._connection.expect(head_only=data.startswith(b"HEAD "), max_body=self._max_body)
        self._sent += data[:MAX_EARLY]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._timeout):
                await self._connection.send(data, b"")

    async def answer(self, timeout: float | None = None) -> Answer:
        """The answer to what was sent since the last one; none raises LostAnswer."""
        limit = self._timeout if timeout is None else timeout
        if not self._sent:
            self._connection.expect(head_only=False, max_body=self._max_body)
        head, mark, body = self._sent.partition(b"\r\n\r\n")
        first = head.split(b"\r\n", 1)[0].decode("latin-1").split(" ")
        record = Record(self._journal, first[0][:40], " ".join(first[1:2])[:400], head + mark, body)
        record.lane = self._connection.lane
        self._sent = b""
        with self._journal.waiting(record.began + limit):
            try:
                return record.answer(await self._connection.reply(limit))
            except NoReply as lost:
                raise LostAnswer(record.no_answer(lost)) from None

    @property
    def closed(self) -> bool:
        """The target has closed this connection."""
        return self._connection.closed

    def close(self) -> None:
        self._connection.close()
