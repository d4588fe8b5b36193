"""HTTP/1.1 and WebSocket frames on a socket, every length bounded."""

import base64
import hashlib
import re
import secrets
import socket
from http import HTTPStatus

from backroad.drills.http_server.exchange import Fields, Reply, Request

LONGEST_HEAD = 16 * 1024
LONGEST_BODY = 64 * 1024
MOST_HEADERS = 100
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_REQUEST_LINE = re.compile(r"(\S+) (/[!-~]*|\*) HTTP/1\.[01]")
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class Malformed(Exception):
    """What arrived breaks the protocol; `status` is what it is answered with."""

    def __init__(self, what: str, status: int = 400) -> None:
        super().__init__(what)
        self.status = status


class Stream:
    """A socket with what was read ahead. An `OSError` when it breaks or takes too long."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._ahead = bytearray()

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def until(self, mark: bytes, most: int) -> bytes:
        """Up to the mark, which is taken away; empty at the end of the stream."""
        searched = 0
        while (place := self._ahead.find(mark, searched)) < 0:
            if len(self._ahead) > most:
                raise Malformed("It is too long.", 431)
            searched = max(0, len(self._ahead) - len(mark))
            if not self._more():
                return b""
        return self._take(place + len(mark))[:place]

    def exactly(self, count: int) -> bytes:
        while len(self._ahead) < count:
            if not self._more():
                raise ConnectionError("It ended early.")
        return self._take(count)

    def rest(self, most: int) -> bytes:
        while len(self._ahead) < most and self._more():
            pass
        return self._take(min(most, len(self._ahead)))

    def _more(self) -> bool:
        chunk = self.connection.recv(65536)
        self._ahead += chunk
        return bool(chunk)

    def _take(self, count: int) -> bytes:
        taken = bytes(self._ahead[:count])
        del self._ahead[:count]
        return taken


def read_request(stream: Stream) -> Request | None:
    """None at the end of the stream."""
    head = stream.until(b"\r\n\r\n", LONGEST_HEAD)
    if not head:
        return None
    first, *lines = head.decode("utf-8", "replace").lstrip("\r\n").split("\r\n")
    line = _REQUEST_LINE.fullmatch(first)
    if not line or not TOKEN.fullmatch(line[1]):
        raise Malformed("The request line is malformed.")
    request = Request(line[1], line[2], _headers(lines))
    if request.header("Expect").lower() == "100-continue":
        stream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
    return Request(request.method, request.target, request.headers, _body(stream, request))


def _headers(lines: list[str]) -> Fields:
    if len(lines) > MOST_HEADERS:
        raise Malformed("There are too many headers.", 431)
    found = []
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not TOKEN.fullmatch(name):
            raise Malformed("A header is malformed.")
        found.append((name, value.strip(" \t")))
    return tuple(found)


def _body(stream: Stream, request: Request) -> bytes:
    coding, length = request.header("Transfer-Encoding"), request.header("Content-Length")
    if coding and (length or coding.lower() != "chunked"):
        raise Malformed("The length of the body is not clear.")
    if coding:
        return _chunks(stream)
    if length and not (length.isascii() and length.isdecimal()):
        raise Malformed("Content-Length is not a number.")
    if len(length) > 9 or int(length or 0) > LONGEST_BODY:
        raise Malformed("The body is too long.", 413)
    return stream.exactly(int(length or 0))


def _chunks(stream: Stream) -> bytes:
    body = bytearray()
    while True:
        size = stream.until(b"\r\n", 100).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,8}", size):
            raise Malformed("A chunk has no size.")
        count = int(size, 16)
        if len(body) + count > LONGEST_BODY:
            raise Malformed("The body is too long.", 413)
        body += stream.exactly(count)
        if count == 0:
            while stream.until(b"\r\n", LONGEST_HEAD):
                pass
            return bytes(body)
        stream.exactly(2)


def read_reply(stream: Stream, method: str) -> Reply | None:
    """From a drill's server, whose answers name their length; None where the connection closed without one."""
    head = stream.until(b"\r\n\r\n", LONGEST_HEAD)
    if not head:
        return None
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    reply = Reply(int(first.split(" ")[1]), _headers(lines))
    if method == "HEAD" or reply.status in (101, 204, 304):
        return reply
    return Reply(reply.status, reply.headers, stream.exactly(int(reply.header("Content-Length") or 0)))


def request_bytes(request: Request) -> bytes:
    return _message(f"{request.method} {request.target} HTTP/1.1", request.headers, request.body)


def reply_bytes(reply: Reply, method: str, date: str) -> bytes:
    bodiless = reply.status in (101, 204, 304)
    headers = (("Date", date), *reply.headers)
    if not bodiless and not reply.header("Content-Length"):
        headers = (*headers, ("Content-Length", str(len(reply.body))))
    body = b"" if bodiless or method == "HEAD" else reply.body
    return _message(f"HTTP/1.1 {reply.status} {reason(reply.status)}", headers, body)


def reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


def _message(first: str, headers: Fields, body: bytes) -> bytes:
    lines = [first, *(f"{name}: {value}" for name, value in headers), "", ""]
    return "\r\n".join(lines).encode() + body


def accept_of(key: str) -> str:
    """`Sec-WebSocket-Accept` for a `Sec-WebSocket-Key` (RFC 6455, section 4.2.2)."""
    return base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()


def read_frame(stream: Stream, *, masked: bool) -> tuple[int, bytes]:
    """The opcode and the payload of one message, which is one frame here."""
    first, second = stream.exactly(2)
    length = second & 0x7F
    if first & 0x70 or bool(second & 0x80) != masked:
        raise Malformed("A frame has reserved bits, or the mask that it must have is missing.", 1002)
    if not first & 0x80:
        raise Malformed("A message in several frames is not taken here.", 1003)
    if length > 125:
        length = int.from_bytes(stream.exactly(2 if length == 126 else 8), "big")
    if length > LONGEST_BODY:
        raise Malformed("A message is too long.", 1009)
    mask = stream.exactly(4) if masked else b"\0\0\0\0"
    return first & 0x0F, _masked(stream.exactly(length), mask)


def frame_bytes(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    count = len(payload)
    size = bytes([count]) if count < 126 else b"\x7e" + count.to_bytes(2, "big") if count < 65536 else b""
    if not size:
        size = b"\x7f" + count.to_bytes(8, "big")
    if not masked:
        return bytes([0x80 | opcode]) + size + payload
    mask = secrets.token_bytes(4)
    return bytes([0x80 | opcode, size[0] | 0x80]) + size[1:] + mask + _masked(payload, mask)


def _masked(data: bytes, mask: bytes) -> bytes:
    return bytes(byte ^ mask[place % 4] for place, byte in enumerate(data))
