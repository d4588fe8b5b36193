"""A server that means harm: `python hostile_server.py <how>` on HOST and PORT. It runs as a target of its own."""

import contextlib
import gzip
import os
import random
import signal
import socket
import sys
import threading
import time

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
RANDOM = random.Random(7)


def silent(connection: socket.socket) -> None:
    time.sleep(3600)


def dripping(connection: socket.socket) -> None:
    for byte in HEAD:
        connection.sendall(bytes([byte]))
        time.sleep(60)


def redirecting(connection: socket.socket) -> None:
    port = os.environ["PORT"].encode()
    connection.sendall(
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:" + port + b"/again\r\nContent-Length: 0\r\n\r\n"
    )


def endless_body(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 10000000000\r\n\r\n")
    while True:
        connection.sendall(b"x" * (1 << 20))


def endless_chunks(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    while True:
        connection.sendall(b"10000\r\n" + b"x" * 65536 + b"\r\n")


def endless_headers(connection: socket.socket) -> None:
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X-More: " + b"y" * 1000 + b"\r\n")


def bomb(connection: socket.socket) -> None:
    body = gzip.compress(b"0" * (200 << 20), 9)
    head = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body)
    connection.sendall(head + body)


def deep(connection: socket.socket) -> None:
    body = b"[" * 500_000 + b"]" * 500_000
    connection.sendall(HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body)


def no_http(connection: socket.socket) -> None:
    connection.sendall(RANDOM.randbytes(300))


def no_text(connection: socket.socket) -> None:
    body = b'{"status": "\xff\xfe\xc0", "slug": "\xed\xa0\x80"}'
    connection.sendall(HEAD + b"X-Odd: \xff\xfe\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


def wrong_length(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 5\r\n\r\n" + b'{"status": "ok", "more": "than it said"}')


def closing(connection: socket.socket) -> None:
    answer = HEAD + b"Content-Length: 2\r\n\r\n{}"
    connection.sendall(answer[: RANDOM.randrange(len(answer))])
    raise ConnectionError


def flooding(connection: socket.socket) -> None:
    for _ in range(64):
        os.write(1, b"noise " * 20_000 + b"\n")
    connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")


def forking(connection: socket.socket) -> None:
    for _ in range(10):
        if os.fork() == 0:
            os.setsid()
            time.sleep(600)
            os._exit(0)
    connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")


def deaf(connection: socket.socket) -> None:
    connection.sendall(HEAD + b"Content-Length: 2\r\n\r\n{}")


HOW = {
    name: function
    for name, function in list(globals().items())
    if callable(function) and getattr(function, "__module__", "") == "__main__"
}


def serve(how: str) -> None:
    if how == "deaf":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    listener = socket.create_server((os.environ["HOST"], int(os.environ["PORT"])), backlog=200)
    while True:
        connection, _ = listener.accept()
        threading.Thread(target=answer, args=(connection, HOW[how]), daemon=True).start()


def answer(connection: socket.socket, function) -> None:
    with contextlib.suppress(OSError), connection:
        while data := connection.recv(65536):
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536) or b"\r\n\r\n"
            function(connection)


if __name__ == "__main__":
    serve(sys.argv[1])
