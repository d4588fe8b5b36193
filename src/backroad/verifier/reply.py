"""Reads one HTTP/1.x answer from bytes, within bounds."""

import time

import httptools
import msgspec

from backroad.verifier.wording import excerpt_bytes, size

MAX_HEAD = 64 << 10


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    version: str
    status: int
    phrase: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    keep_alive: bool
    finished: float  # time.perf_counter
    extra_bytes: int


class ReplyReader:
    """Feed it bytes until `reply` or `problem` is set.

    llhttp does not know the method of the request, so the end of an answer to HEAD is decided here.
    """

    def __init__(self, *, head_only: bool, max_body: int) -> None:
        self.reply: Reply | None = None
        self.problem = ""
        self.received = 0
        self._head_only = head_only
        self._max_body = max_body
        self._parser = httptools.HttpResponseParser(self)
        self._start_message()

    def _start_message(self) -> None:
        self._phrase = b""
        self._headers: list[tuple[str, str]] = []
        self._body: list[bytes] = []
        self._body_size = 0
        self._in_body = False
        self._done = False
        self._extra = 0

    def feed(self, data: bytes) -> None:
        self.received += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._extra += len(data) - upgrade.args[0]
        except httptools.HttpParserError as error:
            if not self._done:
                self.problem = self._describe(error, data)
                return
            self._extra = self._extra or 1
        if self._body_size > self._max_body:
            self.problem = f"sent a body larger than {size(self._max_body)}"
        elif self._done:
            self._finish()
        elif not self._in_body and self.received > MAX_HEAD:
            self.problem = f"sent more than {size(MAX_HEAD)} of headers"
        elif self.received > MAX_HEAD + 8 * self._max_body:
            self.problem = "sent a body without end, in chunks that carry next to nothing"

    def _describe(self, error: Exception, data: bytes) -> str:
        if self.received == len(data) and not data.startswith(b"HTTP/"[: len(data)]):
            return f"sent bytes that are not HTTP: {excerpt_bytes(data)}"
        where = "body" if self._in_body else "head"
        return f"sent bytes that are not HTTP: {str(error).lower()} in the {where} of the answer"

    def end(self) -> None:
        """The target closed the connection."""
        if self._in_body and not self._done:
            names = {name.lower() for name, _ in self._headers}
            if not names & {"content-length", "transfer-encoding"}:
                self._finish()
                return
            length = next((value for name, value in self._headers if name.lower() == "content-length"), None)
            of = f" of {length}" if length else ""
            self.problem = f"closed the connection in the middle of the body, after {self._body_size}{of} bytes"
        elif self.received:
            self.problem = "closed the connection in the middle of the head of its answer"
        else:
            self.problem = "closed the connection before answering"

    def _finish(self) -> None:
        self.reply = Reply(
            version=self._parser.get_http_version(),
            status=self._status,
            phrase=self._phrase.decode("latin-1"),
            headers=tuple(self._headers),
            body=b"".join(self._body),
            keep_alive=self._keep_alive and self._done and not self._extra,
            finished=time.perf_counter(),
            extra_bytes=self._extra,
        )

    def on_message_begin(self) -> None:
        if not self._done:
            self._start_message()
        elif self.reply is None:
            self._extra = self._extra or 1

    def on_status(self, phrase: bytes) -> None:
        self._phrase += phrase

    def on_header(self, name: bytes, value: bytes) -> None:
        if not self._in_body and not self._done:  # else a trailer
            self._headers.append((name.decode("latin-1"), value.decode("latin-1")))

    def on_headers_complete(self) -> None:
        if self._done:
            return
        self._status: int = self._parser.get_status_code()
        if 100 <= self._status < 200 and self._status != 101:
            return
        self._keep_alive: bool = self._parser.should_keep_alive() and self._status != 101
        self._in_body = True
        self._done = self._head_only

    def on_body(self, data: bytes) -> None:
        if self._done:
            self._extra += len(data)
            return
        self._body_size += len(data)
        if self._body_size <= self._max_body:
            self._body.append(data)

    def on_message_complete(self) -> None:
        self._done = self._done or self._in_body
