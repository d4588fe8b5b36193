import asyncio
import time

import pytest

from backroad.verifier import LostAnswer, Request
from tests.verifier.servers import bench_for, raw_server, read_request

pytestmark = pytest.mark.slow  # waits for sockets

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
PAUSE = 0.2


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


async def read(url: str, *, timeout: float = 2.0, most: int = 100):
    """(pieces, stream) after the end, or after `most` pieces."""
    bench = bench_for(url)
    pieces = []
    async with await bench.client().stream(Request("POST", "/drafts", json={}), timeout=timeout) as stream:
        async for piece in stream:
            pieces.append(piece)
            if len(pieces) == most:
                break
    bench.close()
    return pieces, stream, bench


def slow_words(connection):
    read_request(connection)
    connection.sendall(HEAD + chunk(b"one"))
    time.sleep(PAUSE)
    connection.sendall(chunk(b"two") + b"0\r\n\r\n")


def test_pieces_come_with_the_moments_of_their_arrival():
    with raw_server(slow_words) as url:
        pieces, stream, bench = asyncio.run(read(url))
    assert [piece.data for piece in pieces] == [b"one", b"two"]
    assert pieces[1].at - pieces[0].at > PAUSE / 2
    assert stream.complete
    assert stream.answer().body == b"onetwo"
    [exchange] = bench.journal.exchanges
    assert (exchange.method, exchange.status, exchange.response_body) == ("POST", 200, "onetwo")


def test_a_stream_that_is_left_holds_what_has_come():
    with raw_server(slow_words) as url:
        pieces, stream, _ = asyncio.run(read(url, most=1))
    assert [piece.data for piece in pieces] == [b"one"]
    assert not stream.complete
    assert stream.answer().body == b"one"


def test_a_stream_that_breaks_off_is_not_complete():
    def breaks_off(connection):
        read_request(connection)
        connection.sendall(HEAD + chunk(b"one"))

    with raw_server(breaks_off) as url:
        pieces, stream, _ = asyncio.run(read(url))
    assert [piece.data for piece in pieces] == [b"one"]
    assert not stream.complete


def test_silence_is_lost():
    def silent(connection):
        read_request(connection)
        time.sleep(3 * PAUSE)

    with raw_server(silent) as url, pytest.raises(LostAnswer, match="did not begin its answer within"):
        asyncio.run(read(url, timeout=PAUSE))


def test_no_answer_is_lost():
    with raw_server(read_request) as url, pytest.raises(LostAnswer, match="closed the connection before answering"):
        asyncio.run(read(url))
