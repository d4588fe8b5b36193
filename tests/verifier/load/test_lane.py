"""What a lane makes of bytes, however they are cut, is what the careful reader makes of them."""

import itertools
import socket
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier.exchange import Headers
from backroad.verifier.load.lane import MORE, Lane, Memo
from tests.verifier.servers import OK

GET = b"GET / HTTP/1.1\r\nHost: x\r\n\r\n"
PLAIN = [
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, b"hello"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nworld", 200, b"world"),
    (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, b""),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", 200, b"abc"),
    (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n\r\n\r\n\r\n0\r\n\r\n", 200, b"\r\n\r\n"),
    (b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\n\r\n\r\n", 404, b"\r\n\r\n"),
    (b"HTTP/1.1 204 No Content\r\n\r\n", 204, b""),
    (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n", 304, b""),
    (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\nContent-Length: 1\r\n\r\nx", 201, b"x"),
    (b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 200, b"x"),
]


class Wire:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def abort(self) -> None:
        self.closed = True


class Listener:
    """Notes what a lane tells."""

    max_body = 1000

    def __init__(self, *, checked: bool = True) -> None:
        self.check: Any = checked or None
        self.memos: dict[int, Memo] = {}
        self.told: list[Any] = []

    def opened(self, lane: Lane) -> None:
        pass

    def answered(self, lane: Lane, now: float, status: int, seen: tuple[Headers, bytes] | None) -> None:
        self.told.append((status, None if seen is None else seen[1]))

    def lost(self, lane: Lane, reason: str, *, repeatable: bool) -> None:
        self.told.append((reason, repeatable))

    def gone(self, lane: Lane) -> None:
        self.told.append("gone")


def lane_of(listener: Listener) -> tuple[Lane, Wire]:
    lane, wire = Lane(listener, cast(socket.socket, None)), Wire()
    lane.connection_made(cast(Any, wire))
    return lane, wire


@settings(max_examples=50)
@given(
    st.lists(st.tuples(st.sampled_from(PLAIN), st.lists(st.integers(1, 60), max_size=4)), max_size=12), st.booleans()
)
def test_answers_are_told_apart_however_they_are_cut(answers: list[Any], checked: bool):
    listener = Listener(checked=checked)
    lane, _ = lane_of(listener)
    for (data, _, _), cuts in answers:
        lane.send(GET, 0, 1)
        places = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
        for start, end in itertools.pairwise(places):
            lane.data_received(data[start:end])
        assert lane.usable
    assert listener.told == [(status, body if checked else None) for (_, status, body), _ in answers]


def test_a_head_that_came_before_is_known_again():
    listener = Listener()
    lane, _ = lane_of(listener)
    for data, _, _ in PLAIN:
        lane.send(GET, 0, 1)
        lane.data_received(data)
    known = {memo.head for memo in listener.memos.values()}
    assert b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" in known
    assert not any(b"chunked" in head or b"Continue" in head for head in known)


def test_a_known_head_with_a_shorter_body_is_not_taken_for_whole():
    listener = Listener()
    lane, _ = lane_of(listener)
    answer = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
    lane.send(GET, 0, 1)
    lane.data_received(answer)
    lane.send(GET, 0, 1)
    lane.data_received(answer[:-1])
    assert len(listener.told) == 1
    lane.data_received(answer[-1:])
    assert listener.told == [(200, b"hello")] * 2


@pytest.mark.parametrize(
    ("data", "ended", "told"),
    [
        (OK + OK, False, (MORE, False)),
        (OK + b"x", False, (MORE, False)),
        (b"nonsense\r\n\r\n", False, ('sent bytes that are not HTTP: "nonsense\\r\\n\\r\\n"', False)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc", True,
         ("closed the connection in the middle of the body, after 3 of 9 bytes", False)),
        (b"HTTP/1.1 200", True, ("closed the connection in the middle of the head of its answer", False)),
        (b"", True, ("closed the connection before answering", False)),
        (b"HTTP/1.1 200 OK\r\n\r\nuntil the end", True, (200, b"until the end")),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", True, (200, b"until the end")),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 70_000, False,
         ("sent an answer larger than 1000 bytes", False)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 70000\r\n\r\n" + b"x" * 70_000, False,
         ("sent an answer larger than 1000 bytes", False)),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 4000, False, ("sent an answer larger than 1000 bytes", False)),
    ],
)  # fmt: skip
def test_what_is_no_answer_is_said_exactly(data: bytes, ended: bool, told: Any):
    listener = Listener()
    lane, _ = lane_of(listener)
    lane.send(GET, 0, 1)
    if data:
        lane.data_received(data)
    if ended:
        lane.connection_lost(None)
    assert listener.told == [told]
    assert not lane.usable


def test_answers_to_head_have_no_body():
    listener = Listener()
    lane, _ = lane_of(listener)
    for _ in range(2):
        lane.send(b"HEAD / HTTP/1.1\r\nHost: x\r\n\r\n", 0, 1)
        lane.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    lane.send(GET, 0, 1)
    lane.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello")
    assert listener.told == [(200, b""), (200, b""), (200, b"hello")]


def test_connection_close_is_heeded_also_when_the_head_is_known():
    for _ in range(2):
        listener = Listener()
        data = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok"
        for _ in range(2):
            lane, _ = lane_of(listener)
            lane.send(GET, 0, 1)
            lane.data_received(data)
            assert not lane.usable
        assert listener.told == [(200, b"ok")] * 2


def test_bytes_that_nobody_asked_for_end_the_connection():
    listener = Listener()
    lane, wire = lane_of(listener)
    lane.data_received(OK)
    assert listener.told == ["gone"]
    assert wire.closed


@pytest.mark.parametrize(
    ("method", "repeatable"), [(b"GET", True), (b"PUT", True), (b"POST", False), (b"PATCH", False)]
)
def test_only_what_is_safe_to_repeat_is_repeated_after_an_idle_connection_closed(method: bytes, repeatable: bool):
    listener = Listener()
    lane, _ = lane_of(listener)
    for _ in range(2):
        lane.send(method + b" / HTTP/1.1\r\nHost: x\r\n\r\n", 0, 1)
        if not listener.told:
            lane.data_received(OK)
    lane.connection_lost(None)
    assert listener.told == [(200, b"ok"), ("closed the connection before answering", repeatable)]


def test_memory_for_heads_is_bounded():
    listener = Listener(checked=False)
    lane, _ = lane_of(listener)
    for length in range(300):
        lane.send(GET, 0, 1)
        lane.data_received(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % length + b"x" * length)
    assert len(listener.told) == 300
    assert len(listener.memos) <= 64
