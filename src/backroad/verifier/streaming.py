"""An answer read while it arrives: its pieces with the moments they came, recorded and bounded like any other."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import NoReturn

import msgspec

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.connection import Connection, NoReply
from backroad.verifier.exchange import HeaderInput, Headers, Request, merge
from backroad.verifier.journal import Journal
from backroad.verifier.record import Record
from backroad.verifier.reply import Reply, ReplyReader
from backroad.verifier.target import Target


class Piece(msgspec.Struct, frozen=True):
    data: bytes
    at: float  # seconds since the request was sent


class PieceReader(ReplyReader):
    """Keeps when each piece of the body came."""

    def __init__(self, *, max_body: int) -> None:
        super().__init__(head_only=False, max_body=max_body)
        self.pieces: list[tuple[bytes, float]] = []
        self.has_head = False

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        self.has_head = self.has_head or self._in_body

    def on_body(self, data: bytes) -> None:
        super().on_body(data)
        if self._body_size <= self._max_body:
            self.pieces.append((data, time.perf_counter()))

    def so_far(self) -> Reply:
        """What there is of an answer that has not ended, or never will."""
        return Reply(
            version=self._parser.get_http_version(), status=self._status, phrase=self._phrase.decode("latin-1"),
            headers=tuple(self._headers), body=b"".join(self._body), keep_alive=False,
            finished=time.perf_counter(), extra_bytes=0,
        )  # fmt: skip


class StreamConnection(Connection):
    """One request, whose answer is read piece by piece."""

    def begin(self, max_body: int) -> PieceReader:
        self.news = asyncio.Event()
        self.expect(head_only=False, max_body=max_body)
        self._reader = reader = PieceReader(max_body=max_body)
        return reader

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self.news.set()

    def connection_lost(self, error: Exception | None) -> None:
        super().connection_lost(error)
        self.news.set()

    @property
    def over(self) -> bool:
        return self._arrived.is_set()


class Stream:
    """`async with await client.stream(...) as stream: async for piece in stream: ...`; leaving it hangs up."""

    def __init__(self, connection: StreamConnection, reader: PieceReader, record: Record, timeout: float) -> None:
        self._connection = connection
        self._reader = reader
        self._record = record
        self._timeout = timeout
        self._read = 0
        self._answer: Answer | None = None

    @classmethod
    async def open(
        cls, target: Target, journal: Journal, request: Request, headers: HeaderInput, *, timeout: float, max_body: int
    ) -> "Stream":
        """Returns when the head of the answer is there; none raises LostAnswer. `timeout` is for each piece."""
        record = Record.of(journal, request, target.netloc, Headers(merge(headers, ())))
        try:
            connection = await StreamConnection.open(target.address, journal.lane(), timeout, target.security)
        except NoReply as lost:
            raise LostAnswer(record.no_answer(lost)) from None
        record.lane = connection.lane
        stream = cls(connection, connection.begin(max_body), record, timeout)
        await connection.send(record.head, record.body)
        while not stream._reader.has_head:
            await stream._news()
        return stream

    @property
    def status(self) -> int:
        return self._reader.so_far().status

    @property
    def headers(self) -> Headers:
        return Headers(self._reader.so_far().headers)

    @property
    def complete(self) -> bool:
        """It has come to its end as HTTP wants it."""
        return self._reader.reply is not None

    async def __aiter__(self) -> AsyncIterator[Piece]:
        """The pieces; ends with the answer, and where the connection broke off (then it is not `complete`)."""
        while True:
            while self._read < len(self._reader.pieces):
                data, at = self._reader.pieces[self._read]
                self._read += 1
                yield Piece(data, at - self._record.began)
            if self._connection.over:
                return
            await self._news()

    async def _news(self) -> None:
        """Waits for more; a silence longer than the timeout, or an end before the head, raises LostAnswer."""
        connection, reader = self._connection, self._reader
        if connection.over and not reader.has_head:
            self._lost(NoReply(reader.problem or "closed the connection before answering", sent=True))
        connection.news.clear()
        with self._record.journal.waiting(time.perf_counter() + self._timeout):
            try:
                async with asyncio.timeout(self._timeout):
                    await connection.news.wait()
            except TimeoutError:
                what = "did not go on with" if reader.has_head else "did not begin"
                self._lost(NoReply(f"{what} its answer within {self._timeout:g} s", sent=True, timed_out=True))

    def _lost(self, lost: NoReply) -> NoReturn:
        self._connection.close()
        raise LostAnswer(self._record.no_answer(lost))

    def answer(self) -> Answer:
        """What has come until now, as an answer of its own; noted in the journal once."""
        if self._answer is None:
            self._answer = self._record.answer(self._reader.reply or self._reader.so_far())
        return self._answer

    async def __aenter__(self) -> "Stream":
        return self

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(AttributeError):  # nothing came that could be noted
            self.answer()
        self.close()

    def close(self) -> None:
        self._connection.close()
