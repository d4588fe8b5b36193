"""Cuts what a Redis client sends (RESP 2 and 3, and inline commands) into commands, holding only their beginnings."""

from collections.abc import Callable, Generator

MAX_WORD = 64 << 10  # a longer argument is passed on in pieces and not looked at
MAX_WORDS = 1 << 20
MAX_BULK = 512 << 20
SCRIPTS = frozenset(("EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"))  # the fourth word is the key

Decide = Callable[[list[bytes]], bytes | None]


class Lost(Exception):
    """This is no RESP."""


class CommandReader:
    """`decide` gets the first words of a command; it returns None to pass it on, or what to send instead."""

    def __init__(self, decide: Decide) -> None:
        self.opaque = False  # from here on bytes are passed on as they are
        self._decide = decide
        self._held = bytearray()
        self._at = 0  # how much of that was read
        self._out = bytearray()
        self.follow = b""  # goes to the server right after the current command
        self._replaced = False  # the rest of the current command is swallowed
        self._parsing = self._parse()
        next(self._parsing)

    def feed(self, data: bytes) -> bytes:
        """What goes to the server now."""
        if self.opaque:
            return data
        self._held += data
        try:
            next(self._parsing)
        except Lost:
            self.opaque = True
            return self._taken() + self.rest()
        return self._taken()

    def rest(self) -> bytes:
        """Let go of what is held."""
        held = bytes(self._held)
        self._held.clear()
        self._at = 0
        return held

    def _taken(self) -> bytes:
        out = bytes(self._out)
        self._out.clear()
        return out

    def _parse(self) -> Generator[None, None, None]:
        while True:
            line = yield from self._line()
            if line.startswith(b"*"):
                yield from self._array(_number(line[1:], MAX_WORDS))
            elif line.split():
                self._settle(line.split()[:4])
            self._pass_on()
            self._replaced = False
            self._out += self.follow
            self.follow = b""

    def _array(self, count: int) -> Generator[None, None, None]:
        words: list[bytes] = []
        settled = False
        for left in range(count - 1, -1, -1):
            line = yield from self._line()
            if not line.startswith(b"$"):
                raise Lost
            size = _number(line[1:], MAX_BULK) + 2
            if settled or size > MAX_WORD:
                if not settled:
                    self._settle([*words, b""])
                    settled = True
                yield from self._skip(size)
            else:
                words.append((yield from self._bytes(size))[:-2])
                if not left or len(words) == _enough(words[0]):
                    self._settle(words)
                    settled = True

    def _settle(self, words: list[bytes]) -> None:
        instead = self._decide(words)
        if instead is not None:
            self._out += instead
            self._replaced = True
        self._pass_on()

    def _pass_on(self) -> None:
        """What was read so far goes to the server, unless something went there instead."""
        if not self._replaced:
            self._out += self._held[: self._at]
        del self._held[: self._at]
        self._at = 0

    def _line(self) -> Generator[None, None, bytes]:
        looked = self._at
        while (end := self._held.find(b"\n", looked)) < 0:
            looked = len(self._held)
            if looked - self._at > MAX_WORD:
                raise Lost
            yield
        line = bytes(self._held[self._at : end])
        self._at = end + 1
        return line.removesuffix(b"\r")

    def _bytes(self, size: int) -> Generator[None, None, bytes]:
        while len(self._held) - self._at < size:
            yield
        data = bytes(self._held[self._at : self._at + size])
        self._at += size
        return data

    def _skip(self, size: int) -> Generator[None, None, None]:
        while size:
            step = min(size, len(self._held) - self._at)
            self._at += step
            size -= step
            self._pass_on()
            if size:
                yield


def _enough(name: bytes) -> int:
    return 4 if name.upper().decode("latin-1") in SCRIPTS else 2


def _number(digits: bytes, most: int) -> int:
    if not digits.isdigit() or len(digits) > 10 or int(digits) > most:
        raise Lost
    return int(digits)


def encode(*words: bytes) -> bytes:
    return b"*%d\r\n" % len(words) + b"".join(b"$%d\r\n%b\r\n" % (len(word), word) for word in words)
