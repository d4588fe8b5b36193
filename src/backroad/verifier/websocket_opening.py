"""The answer to an upgrade: a 101 after which frames follow, or an ordinary answer."""

import time

from websockets.utils import accept_key

from backroad.verifier.answer import Answer
from backroad.verifier.reply import MAX_HEAD, Reply, ReplyReader

MAX_BODY = 1 << 20
END = b"\r\n\r\n"


class UpgradeReader:
    """Feed it bytes until `reply` or `problem` is set."""

    def __init__(self) -> None:
        self.reply: Reply | None = None
        self.problem = ""
        self._head = b""
        self._other: ReplyReader | None = None  # reads an answer that is no 101

    def feed(self, data: bytes) -> bytes | None:
        """The bytes after the head of a 101; None as long as there is none."""
        if self.reply is not None or self.problem:
            return None
        if self._other is None:
            self._head += data
            head, end, rest = self._head.partition(END)
            if not end:
                if len(self._head) > MAX_HEAD:
                    self.problem = "sent a head without end"
                return None
            if head.split(b" ", 2)[1:2] == [b"101"]:
                self.reply = read_head(head)
                return rest
            self._other, data = ReplyReader(head_only=False, max_body=MAX_BODY), self._head
        self._other.feed(data)
        self._take(self._other)
        return None

    def end(self) -> None:
        """The target closed the connection."""
        if self.reply is not None or self.problem:
            return
        if self._other is None:
            where = "in the middle of the head of its answer" if self._head else "before answering"
            self.problem = f"closed the connection {where}"
            return
        self._other.end()
        self._take(self._other)

    def _take(self, reader: ReplyReader) -> None:
        self.reply, self.problem = reader.reply, reader.problem


def read_head(head: bytes) -> Reply:
    first, *lines = head.decode("latin-1").split("\r\n")
    version, _, rest = first.partition(" ")
    pairs = (line.partition(":") for line in lines)
    return Reply(
        version=version.removeprefix("HTTP/"),
        status=101,
        phrase=rest.partition(" ")[2],
        headers=tuple((name.strip(), value.strip()) for name, _, value in pairs),
        body=b"",
        keep_alive=False,
        finished=time.perf_counter(),
        extra_bytes=0,
    )


def fault_of_upgrade(answer: Answer, request_head: bytes) -> str:
    """What is wrong with a 101 to this request; empty if nothing is."""
    asked = {
        name.strip().lower(): value.strip()
        for name, _, value in (line.partition(":") for line in request_head.decode("latin-1").split("\r\n"))
    }
    if (answer.headers.get("upgrade") or "").lower() != "websocket":
        return "without Upgrade: websocket"
    if "upgrade" not in (answer.headers.get("connection") or "").lower():
        return "without Connection: Upgrade"
    if answer.headers.get("sec-websocket-accept") != accept_key(asked.get("sec-websocket-key", "")):
        return "with a Sec-WebSocket-Accept that does not fit the key"
    if answer.headers.get("sec-websocket-extensions"):
        return "with an extension that was not asked for"
    chosen = answer.headers.get("sec-websocket-protocol")
    offered = [name.strip() for name in asked.get("sec-websocket-protocol", "").split(",")]
    if chosen and chosen not in offered:
        return f"with a subprotocol that was not offered: {chosen}"
    return ""
