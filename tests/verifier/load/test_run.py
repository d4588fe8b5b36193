"""Loads on real servers. Durations are only ever asserted from below: a server that waits cannot be quicker."""

import asyncio
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import uvloop

from backroad.verifier import VerifierError
from backroad.verifier.exchange import Headers, Request
from backroad.verifier.load import LoadResult, Schedule, closed_loop, prepare, run_load
from backroad.verifier.load import alarm as alarm_module
from tests.verifier.servers import OK, answering, raw_server, read_request

pytestmark = pytest.mark.slow

Result = TypeVar("Result")
GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"


def run(work: Awaitable[Result]) -> Result:
    return uvloop.run(work)  # type: ignore[arg-type]


def port_of(url: str) -> int:
    return int(url.rpartition(":")[2])


def open_load(handle: Callable[[socket.socket], None], requests=GET, **options) -> LoadResult:
    settings = {"rate": 300, "seconds": 0.1, "connections": 3, "warmup": 0, **options}
    with raw_server(handle) as url:
        return run(run_load("127.0.0.1", port_of(url), requests, **settings))


def closed_load(handle: Callable[[socket.socket], None], requests=GET, **options) -> LoadResult:
    settings = {"seconds": 0.1, "connections": 3, "warmup": 0, **options}
    with raw_server(handle) as url:
        return run(closed_loop("127.0.0.1", port_of(url), requests, **settings))


def silent(connection: socket.socket) -> None:
    while read_request(connection):
        pass


def test_every_planned_request_is_sent_and_answered():
    result = open_load(answering(OK))
    assert (result.kind, result.planned, result.sent, result.answered) == ("open", 30, 30, 30)
    assert (result.statuses, result.classes, result.errors, result.unsent) == ({200: 30}, {"2xx": 30}, {}, 0)
    assert result.lost_share == 0
    assert 0 < result.percentiles["p50"] <= result.percentiles["p99.9"] <= result.max
    assert 0 < result.late.total <= 30


def test_the_warm_up_is_sent_and_not_counted():
    seen: list[int] = []

    def make(number: int) -> bytes:
        seen.append(number)
        return GET

    result = open_load(answering(OK), make, warmup=0.05)
    assert seen == list(range(45))
    assert result.planned == 30


def test_poisson_arrivals():
    plan = Schedule(rate=500, arrivals="poisson", seed="x")
    result = open_load(answering(OK), rate=plan)
    assert result.answered == len(list(plan.times(0.1)))


def test_several_requests_take_turns():
    paths: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        while data := read_request(connection):
            paths.append(data.split()[1])
            connection.sendall(OK)

    requests = [b"GET /%d HTTP/1.1\r\nHost: x\r\n\r\n" % number for number in range(3)]
    open_load(handle, requests)
    assert sorted(paths) == sorted([b"/0", b"/1", b"/2"] * 10)


def test_requests_of_checks_are_made_into_bytes():
    one, other = Request("GET", "/a"), Request("POST", "/b", json={"n": 1})
    assert prepare(one, "127.0.0.1:1") == b"".join(one.encode("127.0.0.1:1"))
    assert prepare([one, other], "x") == [b"".join(one.encode("x")), b"".join(other.encode("x"))]
    with raw_server(answering(OK)) as url:
        made = prepare(lambda number: Request("PUT", f"/{number}", body=b"x"), url[7:], headers={"X-Who": "me"})
        result = run(run_load("127.0.0.1", port_of(url), made, rate=300, seconds=0.05, warmup=0))
    assert result.answered == 15


def test_a_closed_loop_asks_again_when_answered():
    result = closed_load(answering(OK))
    assert (result.kind, result.rate, result.unsent) == ("closed", 0, 0)
    assert result.answered == result.planned > 0
    assert result.achieved > 0


def test_latency_counts_from_when_a_request_was_due():
    """One connection, and a first answer after 0.3 s: whoever came meanwhile has waited for it."""
    waited = threading.Event()

    def handle(connection: socket.socket) -> None:
        while read_request(connection):
            if not waited.is_set():
                time.sleep(0.3)
                waited.set()
            connection.sendall(OK)

    result = open_load(handle, connections=1, rate=100, seconds=0.3)
    assert result.answered == 30
    assert result.max >= 0.3
    assert result.percentile(50) >= 0.14  # due at 0.15 s, answered at 0.3 s or later
    assert result.latency.above(0.1) >= 20


def test_what_finds_no_connection_is_unsent_and_not_forgotten():
    result = open_load(silent, connections=1, timeout=0.2, patience=0.05)
    assert result.planned == 30
    assert result.unsent + sum(result.errors.values()) == 30
    assert result.unsent >= 10
    assert result.errors.keys() == {"did not answer within 0.2 s"}
    assert result.percentile_of_all(50) == float("inf")
    assert sum(second.failed for second in result.timeline) == 30


def test_a_target_that_is_not_there():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    result = run(run_load("127.0.0.1", port, GET, rate=100, seconds=0.1, warmup=0, connections=2, patience=0.1))
    assert (result.planned, result.unsent, result.answered) == (10, 10, 0)
    assert result.not_connected.keys() == {"refused the connection"}
    assert run(closed_loop("127.0.0.1", port, GET, seconds=0.1, warmup=0)).planned == 0


@pytest.mark.parametrize("load", [open_load, closed_load])
def test_a_target_that_closes_after_each_answer(load):
    closing = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
    result = load(answering(closing, close=True))
    assert result.answered == result.planned > 0
    assert not result.errors


def test_a_request_swallowed_by_a_closing_connection_is_repeated_if_that_is_safe():
    def handle(connection: socket.socket) -> None:  # closes without a word on the second request
        if read_request(connection):
            connection.sendall(OK)
            read_request(connection)

    result = open_load(handle)
    assert (result.answered, result.errors) == (30, {})
    assert result.reconnected > 0
    result = open_load(handle, POST)
    assert result.errors.keys() == {"closed the connection before answering"}
    assert result.answered + result.errors["closed the connection before answering"] == 30


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"nonsense\r\n\r\n", 'sent bytes that are not HTTP: "nonsense\\r\\n\\r\\n"'),
        (OK + OK, "sent bytes after the end of its answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab", "did not finish its answer within 0.5 s"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", "did not finish its answer within 0.5 s"),
    ],
)
def test_broken_answers_are_errors(answer: bytes, reason: str):
    result = open_load(answering(answer), timeout=0.5, rate=100, seconds=0.03)
    assert (result.answered, result.errors) == (0, {reason: 3})


def test_an_answer_without_end_is_cut_off():
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"ffff\r\n" + b"x" * 0xFFFF + b"\r\n")

    result = open_load(handle, rate=100, seconds=0.05, max_body=200_000)
    assert result.errors == {"sent an answer larger than 195.3 KiB": 5}


def test_statuses_are_counted_by_class():
    result = open_load(answering(OK, b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n"), connections=1)
    assert result.classes == {"2xx": 1, "5xx": 29}


def test_a_check_sees_every_answer_and_says_what_is_wrong():
    seen: list[tuple[int, str | None, bytes]] = []

    def check(status: int, headers: Headers, body: bytes) -> str | None:
        seen.append((status, headers.get("content-length"), body))
        return "two bytes" if len(seen) % 3 == 0 else None

    result = open_load(answering(OK), check=check)
    assert seen == [(200, "2", b"ok")] * 30
    assert result.wrong == {"two bytes": 10}
    assert result.answered == 30


def test_reasons_do_not_fill_the_memory():
    numbers = iter(range(1000))
    result = open_load(answering(OK), check=lambda status, headers, body: f"wrong {next(numbers)}")
    assert len(result.wrong) == 21
    assert sum(result.wrong.values()) == 30


def test_an_exception_in_a_check_or_a_request_maker_is_raised():
    with pytest.raises(ZeroDivisionError):
        open_load(answering(OK), check=lambda status, headers, body: str(1 / 0))
    with pytest.raises(ZeroDivisionError):
        closed_load(answering(OK), lambda number: bytes(1 // 0))


def test_without_a_timerfd_the_timer_of_the_loop_does(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(alarm_module, "open_timer", lambda: -1)
    assert open_load(answering(OK)).answered == 30


def test_the_loop_of_the_standard_library_will_do():
    with raw_server(answering(OK)) as url:
        result = asyncio.run(run_load("127.0.0.1", port_of(url), GET, rate=300, seconds=0.05, warmup=0))
    assert result.answered == 15


def test_the_result_survives_json():
    result = open_load(answering(OK, b"nonsense"), connections=1)
    assert LoadResult.from_json(result.to_json()) == result
    with pytest.raises(ValueError, match="not the result of a load"):
        LoadResult.from_json({"kind": "open"})


def test_a_name_leads_to_the_address_that_listens():
    with raw_server(answering(OK)) as url:
        result = run(run_load("localhost", port_of(url), GET, rate=100, seconds=0.05, warmup=0))
    assert result.answered == 5


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"rate": 100_000, "seconds": 200}, "20000000 requests are out of bounds"),
        ({"rate": 10, "seconds": 1000}, "A load of 1000 s is out of bounds"),
        ({"rate": 10, "seconds": 1, "connections": 0}, "0 connections are out of bounds"),
        ({"rate": 10, "seconds": 1, "timeout": 100}, "A time-out of 100 s is out of bounds"),
        ({"rate": 10, "seconds": 1, "requests": []}, "at least one request"),
        ({"rate": 10, "seconds": 1, "host": "192.0.2.1"}, "192.0.2.1 is not on this machine"),
    ],
)
def test_bounds(options: dict, said: str):
    settings = {"host": "127.0.0.1", "port": 9, "requests": GET, "warmup": 0, **options}
    with pytest.raises(VerifierError, match=said):
        run(run_load(**settings))
