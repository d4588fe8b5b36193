import asyncio
import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast

import pytest
import uvloop

from backroad.verifier import Answer, Bench, NoAnswer, Request
from tests.verifier.servers import OK, answering, bench_for, raw_server, read_request


class Clock:
    """A server on one thread that notes when each request came all but its last byte, and when it was whole."""

    def __init__(self, listener: socket.socket) -> None:
        self.almost: dict[socket.socket, float] = {}
        self.whole: dict[socket.socket, float] = {}
        self._selector = selectors.DefaultSelector()
        self._data: dict[socket.socket, bytes] = {}
        self._listener = listener
        self._selector.register(listener, selectors.EVENT_READ)
        self._ended = False
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self) -> None:
        while not self._ended:
            for key, _ in self._selector.select(0.05):
                if key.fileobj is self._listener:
                    connection, _ = self._listener.accept()
                    self._data[connection] = b""
                    self._selector.register(connection, selectors.EVENT_READ)
                else:
                    self._read(cast(socket.socket, key.fileobj))

    def _read(self, connection: socket.socket) -> None:
        piece = connection.recv(65536)
        now = time.perf_counter()
        self._data[connection] += piece
        if not piece:
            self._selector.unregister(connection)
        elif self._data[connection].endswith((b"\r\n\r\n", b"}")):
            self.whole[connection] = now
            connection.sendall(OK)
        else:
            self.almost[connection] = now

    def close(self) -> None:
        self._ended = True
        self._thread.join(5)
        self._selector.close()
        for connection in self._data:
            connection.close()


@contextmanager
def timed() -> Iterator[tuple[Clock, str]]:
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        clock = Clock(listener)
        try:
            yield clock, f"http://127.0.0.1:{listener.getsockname()[1]}"
        finally:
            clock.close()


def race(bench: Bench, *requests: Request | int, **options: object) -> list[Answer | NoAnswer]:
    async def work() -> list[Answer | NoAnswer]:
        return await bench.at_once(*requests, **options)  # type: ignore[arg-type]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


@pytest.mark.parametrize("body", [{"json": {"alias": "promo"}}, {}])
def test_no_request_is_complete_before_the_release_and_all_are_together(body):
    spreads = []
    for _ in range(3):
        with timed() as (clock, url):
            answers = race(bench_for(url), 20, Request("POST" if body else "GET", "/links", **body))
        assert [answer.status for answer in answers if isinstance(answer, Answer)] == [200] * 20
        assert len(clock.almost) == len(clock.whole) == 20
        assert max(clock.almost.values()) < min(clock.whole.values())
        spreads.append(max(clock.whole.values()) - min(clock.whole.values()))
    best = min(spreads) * 1000  # the machine may be busy now and then
    assert best < 5, f"last bytes were {best:.1f} ms apart"


def test_answers_come_in_order_of_the_requests():
    def echo(connection: socket.socket) -> None:
        path = read_request(connection).split(b" ")[1]
        time.sleep(0.002 * (10 - int(path[1:])))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(path), path))

    with raw_server(echo) as url:
        bench = bench_for(url)
        answers = race(bench, 10, lambda index: bench.request("GET", f"/{index}"))
    assert [answer.body for answer in answers if isinstance(answer, Answer)] == [b"/%d" % n for n in range(10)]
    assert all(one.together for one in bench.journal.exchanges)


def test_refused_and_lost_connections_are_no_answers():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    refused = race(bench_for(url), 3, Request("GET", "/"))
    assert [(one.reason, one.sent) for one in refused if isinstance(one, NoAnswer)] == [
        ("refused the connection", False)
    ] * 3

    def drop_half(connection: socket.socket) -> None:
        if b"/drop" not in read_request(connection):
            connection.sendall(OK)

    with raw_server(drop_half) as url:
        kept, dropped = race(bench_for(url), [Request("GET", "/"), Request("GET", "/drop")])
    assert isinstance(kept, Answer)
    assert isinstance(dropped, NoAnswer)
    assert (dropped.reason, dropped.sent) == ("closed the connection before answering", True)


def test_a_connection_closed_before_the_release_was_not_sent():
    with raw_server(lambda connection: None) as url:
        (lost,) = race(bench_for(url), 1, Request("POST", "/", json={}))
    assert isinstance(lost, NoAnswer)
    assert not lost.sent


def test_a_server_that_serves_one_connection_at_a_time_is_no_failure():
    def serve(listener: socket.socket) -> None:
        for _ in range(20):
            connection, _ = listener.accept()
            with connection:
                answering(OK, close=True)(connection)

    with socket.create_server(("127.0.0.1", 0), backlog=5) as listener:
        serving = threading.Thread(target=serve, args=(listener,), daemon=True)
        serving.start()
        bench = bench_for(f"http://127.0.0.1:{listener.getsockname()[1]}")
        answers = race(bench, 20, Request("GET", "/"))
        serving.join(5)
    assert [type(answer) for answer in answers] == [Answer] * 20
    assert "not accepted in time" in bench.journal.lines[0]


def test_no_requests_no_answers():
    with raw_server(answering(OK)) as url:
        assert race(bench_for(url), []) == []
