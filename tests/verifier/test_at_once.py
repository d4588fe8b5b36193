import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvloop

from backroad.verifier import Answer, Bench, NoAnswer, Request
from tests.verifier.servers import OK, answering, bench_for, raw_server, read_request


class Clock:
    """When each connection had all but its last byte, and when that one came."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.almost: dict[int, float] = {}
        self.whole: dict[int, float] = {}

    def handle(self, connection: socket.socket) -> None:
        data, length = b"", None
        while True:
            piece = connection.recv(65536)
            if not piece:
                return
            now = time.perf_counter()
            data += piece
            if length is None:
                head, mark, _ = data.partition(b"\r\n\r\n")
                counted = b"content-length: " in head.lower()
                extra = int(head.lower().split(b"content-length: ")[1].split(b"\r\n")[0]) if counted else 0
                length = len(head) + 4 + extra if mark or counted else None
            with self.lock:
                if length is not None and len(data) == length:
                    self.whole[id(connection)] = now
                    break
                self.almost[id(connection)] = now
        connection.sendall(OK)


@contextmanager
def timed() -> Iterator[tuple[Clock, str]]:
    clock = Clock()
    with raw_server(clock.handle) as url:
        yield clock, url


def race(bench: Bench, *requests: Request | int, **options: object) -> list[Answer | NoAnswer]:
    async def work() -> list[Answer | NoAnswer]:
        return await bench.at_once(*requests, **options)  # type: ignore[arg-type]

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work())


def test_no_request_is_complete_before_the_release_and_all_are_together():
    for request in (Request("POST", "/links", json={"alias": "promo"}), Request("GET", "/links")):
        with timed() as (clock, url):
            answers = race(bench_for(url), 20, request)
        assert [answer.status for answer in answers if isinstance(answer, Answer)] == [200] * 20
        assert len(clock.almost) == len(clock.whole) == 20
        assert max(clock.almost.values()) < min(clock.whole.values())
        spread = max(clock.whole.values()) - min(clock.whole.values())
        assert spread < 0.015, f"last bytes were {spread * 1000:.1f} ms apart"


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
