"""Turns one request and its outcome into an exchange of the journal and into an answer."""

import time

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.connection import NoReply
from backroad.verifier.exchange import Exchange, Headers, Request
from backroad.verifier.journal import Journal
from backroad.verifier.reply import Reply
from backroad.verifier.wording import clean

KEPT_BODY = 4096


def shown(body: bytes) -> str:
    """A body as text, cut at 4 KiB."""
    text = body[:KEPT_BODY].decode(errors="replace")
    return text if len(body) <= KEPT_BODY else f"{text}… ({len(body)} bytes in all)"


class Record:
    def __init__(self, journal: Journal, method: str, path: str, head: bytes, body: bytes) -> None:
        self.journal = journal
        self.method = method
        self.path = clean(path)
        self.head = head
        self.body = body
        self.began = time.perf_counter()
        self.lane = 0
        self.together = False
        self.reconnected = False

    @classmethod
    def of(cls, journal: Journal, request: Request, host: str, defaults: Headers) -> "Record":
        head, body = request.encode(host, defaults.pairs)
        return cls(journal, request.method, request.target, head, body)

    @property
    def head_only(self) -> bool:
        return self.method.upper() == "HEAD"

    def answer(self, reply: Reply) -> Answer:
        lines = [f"HTTP/{reply.version} {reply.status} {reply.phrase}".rstrip()]
        lines += [f"{name}: {value}" for name, value in reply.headers]
        exchange = self._exchange(
            max(reply.finished - self.began, 0.0),
            status=reply.status,
            response_head="\n".join(lines),
            response_body=shown(reply.body),
            extra_bytes=reply.extra_bytes,
        )
        return Answer(
            status=reply.status,
            headers=Headers(reply.headers),
            body=reply.body,
            seconds=exchange.seconds,
            exchange=exchange,
        )

    def no_answer(self, lost: NoReply) -> NoAnswer:
        exchange = self._exchange(time.perf_counter() - self.began, no_answer=lost.reason)
        return NoAnswer(reason=lost.reason, sent=lost.sent, seconds=exchange.seconds, exchange=exchange)

    def _exchange(
        self, seconds: float, *, status: int | None = None, response_head: str = "", response_body: str = "",
        no_answer: str = "", extra_bytes: int = 0,
    ) -> Exchange:  # fmt: skip
        exchange = Exchange(
            lane=self.lane,
            started=self.began - self.journal.began,
            seconds=seconds,
            method=self.method,
            path=self.path,
            request_head=self.head.decode("latin-1").replace("\r\n", "\n").rstrip("\n"),
            request_body=shown(self.body),
            status=status,
            response_head=response_head,
            response_body=response_body,
            no_answer=no_answer,
            together=self.together,
            reconnected=self.reconnected,
            extra_bytes=extra_bytes,
        )
        self.journal.note(exchange)
        return exchange
