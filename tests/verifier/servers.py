"""Small real servers: raw sockets in a thread, and Python scripts to be started as targets."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

from backroad.verifier.bench import Bench
from backroad.verifier.config import Config, Server
from backroad.verifier.target import Target

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@contextlib.contextmanager
def raw_server(handle: Callable[[socket.socket], None], *, backlog: int = 128) -> Iterator[str]:
    """Calls `handle` with every accepted connection, each on a thread of its own; yields the base URL."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=backlog)
    opened: list[socket.socket] = []
    threads: list[threading.Thread] = []

    def serve_one(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            handle(connection)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listener.accept()
                opened.append(connection)
                thread = threading.Thread(target=serve_one, args=(connection,))
                threads.append(thread)
                thread.start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in opened:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        accepting.join(5)
        for thread in threads:
            thread.join(5)


def read_request(connection: socket.socket) -> bytes:
    """Head and counted body of one request; empty at the end of the connection."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b""
        data += more
    head, _, body = data.partition(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    while len(body) < length:
        more = connection.recv(65536)
        if not more:
            return b""
        body += more
    return head + b"\r\n\r\n" + body


def answering(*answers: bytes, close: bool = False) -> Callable[[socket.socket], None]:
    """The first request of a connection gets the first answer, and so on; the last one is repeated."""

    def handle(connection: socket.socket) -> None:
        number = 0
        while read_request(connection):
            connection.sendall(answers[min(number, len(answers) - 1)])
            number += 1
            if close:
                return

    return handle


def bench_for(url: str, *, check_id: str = "test.one", seed: str = "TEST") -> Bench:
    return Bench(target=Target(Server(url=url), Path.cwd()), check_id=check_id, seed=seed)


# Smaller than http.server, which takes four times as long to import.
HTTP = """
import os, sys, time, signal, threading, socket

class Handler:
    def __init__(self, connection):
        self.connection = connection
        while data := connection.recv(65536):
            self.path = data.split(b" ")[1].decode()
            self.do_GET()
    def reply(self, status=200, body=b"ok"):
        head = b"HTTP/1.1 %d X\\r\\nContent-Length: %d\\r\\n\\r\\n" % (status, len(body))
        self.connection.sendall(head + body)
    def do_GET(self):
        self.reply(body=str(os.getpid()).encode())

def serve(handler=Handler):
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=128)
    while True:
        threading.Thread(target=handler, args=(listener.accept()[0],), daemon=True).start()
"""


def script(folder: Path, code: str, *, http: bool = True, **options: object) -> Config:
    """A config whose target is this Python code; with `http`, after a few lines that define serve()."""
    (folder / "app.py").write_text((HTTP if http else "") + code)
    settings: dict[str, object] = {"start": "{python} -S app.py", "ready": "/" if http else "", **options}
    return Config(folder=folder, server=Server(**settings))  # type: ignore[arg-type]
