"""A port on the loopback interface that can refuse connections and accept them again."""

import asyncio
import contextlib
import errno
import socket
import sys
from collections.abc import Callable

BACKLOG = 1024
BATCH = 64
OUT_OF_FILES = (errno.EMFILE, errno.ENFILE)
RESERVE = sys.platform == "linux"  # elsewhere a bound socket may be found before the one that listens
RETRY_AFTER = 0.05  # seconds, when no file descriptor was left for a new connection


class Listener:
    def __init__(self, on_connection: Callable[[socket.socket], None]) -> None:
        self.port = 0
        self._on_connection = on_connection
        self._open = False
        self._place: socket.socket | None = None  # bound, never listening: keeps the port while it refuses
        self._socket: socket.socket | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._retry: asyncio.TimerHandle | None = None

    def open(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._open = True
        if RESERVE:
            self._place = _bound(0)
            self.port = self._place.getsockname()[1]
        self.accept()

    @property
    def accepting(self) -> bool:
        return self._socket is not None

    def accept(self) -> None:
        if self._socket is not None or not self._open:
            return
        self._socket = _bound(self.port)
        self.port = self._socket.getsockname()[1]
        self._socket.listen(BACKLOG)
        self._watch()

    def refuse(self) -> None:
        """New connections are refused by the kernel; those that wait to be accepted are reset."""
        if self._socket is None:
            return
        if self._retry is not None:
            self._retry.cancel()
            self._retry = None
        assert self._loop is not None
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()
        self._socket = None

    def close(self) -> None:
        self.refuse()
        self._open = False
        if self._place is not None:
            self._place.close()
            self._place = None

    def _watch(self) -> None:
        self._retry = None
        if self._socket is not None:
            assert self._loop is not None
            self._loop.add_reader(self._socket.fileno(), self._ready)

    def _ready(self) -> None:
        for _ in range(BATCH):
            if self._socket is None:
                return
            try:
                connection, _ = self._socket.accept()
            except (BlockingIOError, InterruptedError):
                return
            except OSError as error:
                if error.errno in OUT_OF_FILES:
                    self._wait_for_files()
                    return
                continue
            connection.setblocking(False)
            with contextlib.suppress(OSError):
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._on_connection(connection)

    def _wait_for_files(self) -> None:
        assert self._loop is not None
        assert self._socket is not None
        self._loop.remove_reader(self._socket.fileno())
        self._retry = self._loop.call_later(RETRY_AFTER, self._watch)


def _bound(port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sock.bind(("127.0.0.1", port))
    except BaseException:
        sock.close()
        raise
    return sock
