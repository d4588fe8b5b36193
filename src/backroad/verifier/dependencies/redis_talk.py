"""As much of a Redis client as it takes to borrow a database: blocking, RESP 2, one command at a time."""

import contextlib
import socket
from urllib.parse import SplitResult, unquote

from backroad.verifier.dependencies.redis_commands import encode

MAX_ANSWER = 16 << 20


class RedisError(Exception):
    """The server's error, or why there was no answer."""


class RedisTalk:
    """`timeout` in seconds, for each step."""

    def __init__(self, address: tuple[str, int], *, user: str = "", password: str = "", timeout: float = 3.0) -> None:
        try:
            self._socket = socket.create_connection(address, timeout=timeout)
        except OSError as error:
            raise RedisError(f"nothing answers at {address[0]}:{address[1]} ({error.strerror or error})") from None
        self._file = self._socket.makefile("rb")
        self._read = 0
        try:
            if password:
                self.call("AUTH", *([user] if user else []), password)
        except BaseException:
            self.close()
            raise

    @classmethod
    def to(cls, parts: SplitResult, *, timeout: float = 3.0) -> "RedisTalk":
        address = (parts.hostname or "127.0.0.1", parts.port or 6379)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(address, user=user, password=password, timeout=timeout)

    def call(self, *words: str | int) -> str | int | list[object] | None:
        self._read = 0
        try:
            self._socket.sendall(encode(*(str(word).encode() for word in words)))
            answer = self._answer()
        except (OSError, ValueError) as error:
            raise RedisError(f"no answer to {words[0]}: {error}") from None
        return answer

    def _answer(self) -> str | int | list[object] | None:
        line = self._file.readline(64 << 10)
        kind, rest = line[:1], line[1:].rstrip(b"\r\n")
        if kind == b"-":
            raise RedisError(rest.decode("utf-8", "replace"))
        if kind == b"+":
            return rest.decode("utf-8", "replace")
        if kind == b":":
            return int(rest)
        if kind not in (b"$", b"*"):
            raise RedisError("this is not Redis" if line else "the connection was closed")
        size = int(rest)
        if size < 0:
            return None
        self._read += size
        if self._read > MAX_ANSWER:
            raise RedisError("its answer is too long")
        if kind == b"*":
            return [self._answer() for _ in range(size)]
        return self._file.read(size + 2)[:-2].decode("utf-8", "replace")

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._file.close()
            self._socket.close()
