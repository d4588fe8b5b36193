"""Whatever bytes come, an answer is read or named as broken, never an error of ours."""

import itertools

from hypothesis import example, given, settings
from hypothesis import strategies as st

from backroad.verifier.reply import ReplyReader

PIECES = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.0 204 \r\n", b"HTTP/9.9 999 \xff\r\n",
        b"Content-Length: 3\r\n", b"Content-Length: -1\r\n", b"Content-Length: 99999999999999999999\r\n",
        b"Transfer-Encoding: chunked\r\n", b"Connection: close\r\n", b"Upgrade: websocket\r\n", b"X: \x00\xfe\r\n",
        b" folded\r\n", b"\r\n", b"\n", b"3\r\nabc\r\n", b"0\r\n\r\n", b"ffffffffffffffff\r\n", b"0\r\nX: y\r\n\r\n",
        b"abc",
    ]
)  # fmt: skip
STREAMS = st.lists(st.one_of(PIECES, PIECES, PIECES, st.binary(max_size=12)), max_size=14).map(b"".join)


@settings(max_examples=400, deadline=None)
@given(stream=STREAMS, cuts=st.lists(st.integers(0, 200), max_size=6), head_only=st.booleans())
@example(stream=b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcdef", cuts=[], head_only=False)
def test_any_bytes_in_any_pieces(stream: bytes, cuts: list[int], head_only: bool) -> None:
    reader = ReplyReader(head_only=head_only, max_body=64)
    edges = [0, *sorted(cut for cut in cuts if cut < len(stream)), len(stream)]
    for start, end in itertools.pairwise(edges):
        if reader.reply is None and not reader.problem and start < end:
            reader.feed(stream[start:end])
    if reader.reply is None and not reader.problem:
        reader.end()
    assert (reader.reply is None) == bool(reader.problem)
    if reader.reply is not None:
        assert len(reader.reply.body) <= 64
        assert 100 <= reader.reply.status <= 999
    assert "Traceback" not in reader.problem


@given(answers=st.integers(2, 2000))
@settings(max_examples=5, deadline=None)
def test_interim_answers_have_an_end(answers: int) -> None:
    reader = ReplyReader(head_only=False, max_body=64)
    while not reader.problem and answers < 10_000:
        reader.feed(b"HTTP/1.1 100 Continue\r\n\r\n" * 50)
        answers += 50
    assert reader.problem == "sent more than 64 KiB of headers"
