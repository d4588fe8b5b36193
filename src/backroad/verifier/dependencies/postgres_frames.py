"""Cuts a PostgreSQL stream into messages without ever holding more than one, and that only where it is wanted.

Format: PostgreSQL manual, chapter "Frontend/Backend Protocol", section "Message Formats".
"""

import struct
from typing import NamedTuple

MAX_HELD = 1 << 20  # longer messages are passed on in pieces
MAX_LENGTH = 1 << 30
HEADER = 5  # a letter and a length that counts itself

SSL_REQUEST = 80877103
GSS_REQUEST = 80877104
CANCEL_REQUEST = 80877102
PROTOCOL_3 = 3
MAX_STARTUP = 10_000


class Part(NamedTuple):
    kind: int  # the letter of a wanted message, or 0: bytes to pass on
    data: bytes  # with the header
    whole: bool = True  # False: the beginning of a wanted message that is too long to be held


class FrameReader:
    """`known` are the letters of this direction; another one makes the stream `opaque`, passed on as it is."""

    def __init__(self, known: bytes, wanted: bytes) -> None:
        self.opaque = False
        self._known = frozenset(known)
        self._wanted = frozenset(wanted)
        self._held = bytearray()
        self._need = HEADER
        self._skip = 0  # bytes of an unwanted message that are still to come

    def feed(self, data: bytes) -> list[Part]:
        """What can be said of the stream now. The data of all parts ever returned is the stream, in order."""
        if self.opaque:
            return [Part(0, data)]
        parts: list[Part] = []
        at = start = 0  # data[start:at] is to be passed on
        while at < len(data) and not self.opaque:
            if self._skip:
                step = min(self._skip, len(data) - at)
                self._skip -= step
                at += step
                continue
            if not self._held and len(data) - at >= HEADER:
                kind, length = data[at], self._length(data[at : at + HEADER])
                if length and kind not in self._wanted:
                    self._skip = length
                    continue
            if at > start:
                parts.append(Part(0, data[start:at]))
            at = start = self._hold(data, at, parts)
        if self.opaque:
            at = len(data)
        if at > start:
            parts.append(Part(0, data[start:at]))
        return parts

    def _hold(self, data: bytes, at: int, parts: list[Part]) -> int:
        """Collect bytes of a message until it is decided or complete; returns how far it came."""
        step = min(self._need - len(self._held), len(data) - at)
        self._held += data[at : at + step]
        if len(self._held) < self._need:
            return at + step
        if self._need == HEADER:
            length = self._length(self._held)
            if length and self._held[0] in self._wanted:
                self._need = min(length, MAX_HELD)
                if self._need > HEADER:
                    return at + step
            else:
                parts.append(Part(0, self.rest()))
                self._skip = max(0, length - HEADER)
                return at + step
        length = self._length(self._held)
        kind, self._skip = self._held[0], length - len(self._held)
        parts.append(Part(kind, self.rest(), whole=not self._skip))
        return at + step

    def _length(self, header: bytes | bytearray) -> int:
        """Of the whole message; 0, and from then on opaque, if this cannot be one."""
        (length,) = struct.unpack_from("!I", header, 1)
        if header[0] not in self._known or not 4 <= length <= MAX_LENGTH:
            self.opaque = True
            return 0
        return int(length) + 1

    def rest(self) -> bytes:
        """Let go of what is held."""
        held = bytes(self._held)
        self._held.clear()
        self._need = HEADER
        return held


class StartupReader:
    """The first messages of a client, which have no letter."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> tuple[int, bytes, bytes] | None:
        """(code, message, rest) once a message is complete; code 0 if this is no PostgreSQL client."""
        self._held += data
        if len(self._held) < 8:
            # A wrong length shows before the code is there; a client that sends less than that waits, as it would.
            if len(self._held) >= 4 and not 8 <= int.from_bytes(self._held[:4], "big") <= MAX_STARTUP:
                return 0, b"", self.rest()
            return None
        length, code = struct.unpack_from("!II", self._held)
        plain = code in (SSL_REQUEST, GSS_REQUEST) and length == 8
        if not 8 <= length <= MAX_STARTUP or not (plain or code == CANCEL_REQUEST or code >> 16 == PROTOCOL_3):
            return 0, b"", self.rest()
        if len(self._held) < length:
            return None
        message, rest = bytes(self._held[:length]), bytes(self._held[length:])
        self._held.clear()
        return code, message, rest

    def rest(self) -> bytes:
        held = bytes(self._held)
        self._held.clear()
        return held


def message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!I", len(body) + 4) + body


def error_response(sqlstate: str, text: str, severity: str = "ERROR") -> bytes:
    fields = ((b"S", severity), (b"V", severity), (b"C", sqlstate), (b"M", text))
    return message(b"E", b"".join(code + value.encode() + b"\0" for code, value in fields) + b"\0")
