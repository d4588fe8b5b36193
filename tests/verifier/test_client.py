import asyncio
import socket
import struct
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
import uvloop

from backroad.verifier import Answer, Bench, Failed, LostAnswer
from backroad.verifier.reply import ReplyReader
from tests.verifier.servers import OK, answering, bench_for, raw_server, read_request

Result = TypeVar("Result")


@pytest.fixture(params=["uvloop", "asyncio"])
def run(request: pytest.FixtureRequest) -> Callable[[Awaitable[Result]], Result]:
    def run_on_loop(work: Awaitable[Result]) -> Result:
        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)  # type: ignore[arg-type]

    return run_on_loop


def one(bench: Bench, method: str = "GET", path: str = "/", **options: object) -> Awaitable[Answer]:
    async def work() -> Answer:
        try:
            return await bench.client().request(method, path, **options)  # type: ignore[arg-type]
        finally:
            bench.close()

    return work()


def lost_reason(run, handle, *, method="GET", **options) -> str:
    with raw_server(handle) as url, pytest.raises(LostAnswer) as lost:
        run(one(bench_for(url), method, **options))
    return lost.value.reason


def test_content_length_chunked_and_close_delimited_bodies(run):
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    for answer, close, body in (
        (OK, False, b"ok"),
        (chunked, False, b"abcde"),
        (b"HTTP/1.0 200 OK\r\n\r\nto the end", True, b"to the end"),
    ):
        with raw_server(answering(answer, close=close)) as url:
            got = run(one(bench_for(url)))
            assert (got.status, got.body) == (200, body)


def test_interim_answers_are_skipped(run):
    early = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    with raw_server(answering(early + OK)) as url:
        answer = run(one(bench_for(url)))
    assert answer.status == 200
    assert "link" not in answer.headers


@pytest.mark.parametrize(
    ("method", "answer"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n"),
        ("HEAD", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
        ("GET", b"HTTP/1.1 204 No Content\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 7\r\n\r\n'),
    ],
)
def test_answers_without_a_body_end_with_their_head(run, method, answer):
    async def twice(bench: Bench) -> list[Answer]:
        client = bench.client()
        answers = [await client.request(method, "/"), await client.request(method, "/")]
        bench.close()
        return answers

    with raw_server(answering(answer)) as url:
        bench = bench_for(url)
        first, second = run(twice(bench))
    assert first.body == second.body == b""
    assert first.exchange.lane == second.exchange.lane, "the connection was kept"


def test_a_body_after_head_is_recorded_and_the_connection_given_up(run):
    with raw_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")) as url:
        answer = run(one(bench_for(url), "HEAD"))
    assert answer.body == b""
    assert answer.exchange.extra_bytes == 5


def test_headers_compare_without_case_and_join_lines(run):
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=1\r\nset-cookie: b=2\r\nX: caf\xe9\r\n\r\n"
    with raw_server(answering(head)) as url:
        answer = run(one(bench_for(url)))
    assert answer.headers.get("SET-COOKIE") == "a=1, b=2"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert answer.headers["x"] == "café"
    assert answer.headers.get("missing", "none") == "none"


def test_what_goes_over_the_wire(run):
    seen: list[bytes] = []

    def handle(connection: socket.socket) -> None:
        while data := read_request(connection):
            seen.append(data)
            connection.sendall(OK)

    async def work(bench: Bench) -> None:
        client = bench.client({"Authorization": "Bearer abc", "X-Off": "1"})
        await client.post("/a b?x=1", json={"name": "é"}, query={"q": "a&b", "n": [1, 2]})
        await client.post("/", json=None)
        await client.post("/")
        await client.get("/", headers={"x-off": None, "Host": "other", "User-Agent": None})
        await client.post("/", body="text", headers=[("X", "1"), ("X", "2"), ("Content-Length", "4")])
        bench.close()

    with raw_server(handle) as url:
        run(work(bench_for(url)))
    head, body = seen[0].split(b"\r\n\r\n")
    assert head.startswith(b"POST /a b?x=1&q=a%26b&n=1&n=2 HTTP/1.1\r\nHost: 127.0.0.1:")
    assert b"\r\nContent-Type: application/json\r\n" in head
    assert b"\r\nAuthorization: Bearer abc\r\n" in head
    assert body == '{"name": "é"}'.encode()
    assert seen[1].endswith(b"\r\n\r\nnull")
    assert b"Content-Length: 0" in seen[2]
    assert b"X-Off" not in seen[3]
    assert b"Host: other" in seen[3]
    assert b"User-Agent" not in seen[3]
    assert b"Content-Length" not in seen[3]
    assert seen[4].count(b"\r\nX: ") == 2
    assert seen[4].count(b"Content-Length: 4") == 1


def test_no_answer_says_why(run):
    assert lost_reason(run, read_request) == "closed the connection before answering"
    garbage = answering(b"220 mail.example ESMTP\r\n")
    assert lost_reason(run, garbage) == 'sent bytes that are not HTTP: "220 mail.example ESMTP\\r\\n"'
    broken = answering(b"HTTP/1.1 200 OK\r\nno colon here\r\n\r\n")
    assert lost_reason(run, broken) == "sent bytes that are not HTTP: invalid header token in the head of the answer"
    cut = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\ntwelve bytes", close=True)
    assert lost_reason(run, cut) == "closed the connection in the middle of the body, after 12 of 100 bytes"
    cut_chunk = answering(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True)
    assert lost_reason(run, cut_chunk) == "closed the connection in the middle of the body, after 2 bytes"
    half = answering(b"HTTP/1.1 200 OK\r\nContent-Le", close=True)
    assert lost_reason(run, half) == "closed the connection in the middle of the head of its answer"


def test_silence_and_slowness_end_with_the_time_limit(run):
    def silent(connection: socket.socket) -> None:
        while connection.recv(65536):
            pass

    def drip(connection: socket.socket) -> None:
        read_request(connection)
        for byte in OK:
            connection.sendall(bytes([byte]))
            time.sleep(0.02)

    assert lost_reason(run, silent, timeout=0.1) == "did not answer within 0.1 s"
    assert lost_reason(run, drip, timeout=0.1) == "did not finish its answer within 0.1 s"


def test_a_server_that_does_not_read_the_request(run):
    def deaf(connection: socket.socket) -> None:
        time.sleep(0.25)

    reason = lost_reason(run, deaf, method="POST", body=b"x" * (16 << 20), timeout=0.1)
    assert reason == "did not read the whole request within 0.1 s"


def test_refused_connection_was_not_sent(run):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    with pytest.raises(LostAnswer, match="refused the connection") as lost:
        run(one(bench_for(url)))
    assert not lost.value.sent


def test_endless_answers_are_bounded(run):
    def endless(start: bytes, more: bytes) -> Callable[[socket.socket], None]:
        def handle(connection: socket.socket) -> None:
            read_request(connection)
            connection.sendall(start)
            while True:
                connection.sendall(more)

        return handle

    body = endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65536 + b"\r\n")
    assert lost_reason(run, body) == "sent a body larger than 8 MiB"
    assert lost_reason(run, body, max_body=100_000) == "sent a body larger than 97.7 KiB"
    lines = endless(b"HTTP/1.1 200 OK\r\n", b"X-Line: 1234567890\r\n" * 50)
    assert lost_reason(run, lines) == "sent more than 64 KiB of headers"
    line = endless(b"HTTP/1.1 200 OK\r\nX: ", b"y" * 8192)
    assert lost_reason(run, line) == "sent more than 64 KiB of headers"
    interim = endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
    assert lost_reason(run, interim) == "sent more than 64 KiB of headers"


def test_an_early_refusal_of_a_large_body_is_read(run):
    def refuse(connection: socket.socket) -> None:
        data = b""
        while b"\r\n\r\n" not in data:
            data += connection.recv(4096)
        connection.sendall(b"HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        # closes with unread bytes: the kernel resets the connection

    for _ in range(10):
        with raw_server(refuse) as url:
            answer = run(one(bench_for(url), "POST", body=b"x" * (4 << 20)))
            assert answer.status == 413


def closes_after_one(reset: bool, answer: bytes = OK) -> Callable[[socket.socket], None]:
    """Answers the first request of a connection and, seeing the second arrive, closes instead."""

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(answer)
        read_request(connection)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return handle


@pytest.mark.parametrize("reset", [False, True])
def test_a_safe_request_on_a_closed_idle_connection_goes_out_again_and_says_so(run, reset):
    async def work(bench: Bench) -> tuple[Answer, Answer]:
        client = bench.client()
        answers = (await client.get("/"), await client.get("/"))
        bench.close()
        return answers

    with raw_server(closes_after_one(reset)) as url:
        first, second = run(work(bench_for(url)))
    assert not first.exchange.reconnected
    assert second.exchange.reconnected
    assert first.exchange.lane != second.exchange.lane


def test_a_post_is_never_sent_twice(run):
    async def work(bench: Bench) -> None:
        client = bench.client()
        await client.post("/")
        try:
            await client.post("/")
        finally:
            bench.close()

    with raw_server(closes_after_one(False)) as url, pytest.raises(LostAnswer) as lost:
        run(work(bench_for(url)))
    assert lost.value.sent


@pytest.mark.parametrize(("status", "size"), [(413, 1), (401, 1 << 20)])
def test_a_connection_on_which_a_body_was_refused_is_not_used_again(run, status, size):
    async def work(bench: Bench) -> list[int]:
        client = bench.client()
        try:
            return [(await client.post("/", body=b"x" * size)).status for _ in range(2)]
        finally:
            bench.close()

    refusal = b"HTTP/1.1 %d Refused\r\nContent-Length: 0\r\n\r\n" % status
    with raw_server(closes_after_one(False, refusal)) as url:
        assert run(work(bench_for(url))) == [status, status]


def test_a_connection_closed_while_idle_is_replaced_quietly(run):
    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)

    async def work(bench: Bench) -> list[int]:
        client = bench.client()
        statuses = []
        for _ in range(5):
            statuses.append((await client.post("/")).status)
            await asyncio.sleep(0.01)
        bench.close()
        return statuses

    with raw_server(handle) as url:
        assert run(work(bench_for(url))) == [200] * 5


def test_one_client_serves_concurrent_requests(run):
    async def work(bench: Bench) -> list[Answer]:
        client = bench.client()
        answers = await asyncio.gather(*(client.get("/") for _ in range(20)))
        bench.close()
        return answers

    with raw_server(answering(OK)) as url:
        answers = run(work(bench_for(url)))
    assert {answer.status for answer in answers} == {200}
    assert len({answer.exchange.lane for answer in answers}) == 20


def test_a_raw_connection_takes_any_bytes(run):
    async def work(bench: Bench) -> tuple[Answer, Answer, bool]:
        raw = await bench.connect()
        await raw.send(b"GET /slow HTTP/1.1\r\n")
        await asyncio.sleep(0.02)
        await raw.send(b"Host: x\r\n\r\n")
        first = await raw.answer()
        await raw.send(b"HEAD / HTTP/1.1\r\n\r\n")
        second = await raw.answer()
        await asyncio.sleep(0.05)
        bench.close()
        return first, second, raw.closed

    head_answer = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 9\r\nConnection: close\r\n\r\n"

    def handle(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(OK)
        read_request(connection)
        connection.sendall(head_answer)

    with raw_server(handle) as url:
        first, second, closed = run(work(bench_for(url)))
    assert (first.status, first.exchange.path) == (200, "/slow")
    assert (second.status, second.body, closed) == (400, b"", True)


def test_json_that_is_not_json_is_a_finding(run):
    page = b"<html>oops</html>"
    with raw_server(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(page), page))) as url:
        answer = run(one(bench_for(url)))
    with pytest.raises(Failed) as failed:
        answer.json()
    assert failed.value.got == "200 with a body that is not JSON: <html>oops</html>"


def test_text_follows_the_charset(run):
    for kind, body, text in (
        (b"text/plain; charset=ISO-8859-1", b"caf\xe9", "café"),
        (b"text/plain; charset=nonsense", "é".encode(), "é"),
        (b"text/plain", b"\xff", "\ufffd"),
    ):
        answer = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%s" % (kind, len(body), body)
        with raw_server(answering(answer)) as url:
            assert run(one(bench_for(url))).text == text


def test_a_body_over_the_limit_is_told_even_when_it_ends_in_the_same_piece():
    reader = ReplyReader(head_only=False, max_body=10)
    reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nhello world")
    assert reader.reply is None
    assert reader.problem == "sent a body larger than 10 bytes"
