"""The two ends of a connection, for a wire without sockets."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from hypothesis import strategies as st

from backroad.verifier.dependencies.wire import Wire


class Recorder:
    def __init__(self) -> None:
        self.server = b""
        self.client = b""
        self.ended = ""

    def to_server(self, data: bytes) -> None:
        if not self.ended:
            self.server += data

    def to_client(self, data: bytes) -> None:
        if not self.ended:
            self.client += data

    def reset(self) -> None:
        self.ended = self.ended or "reset"

    def hang_up(self) -> None:
        self.ended = self.ended or "hung up"


def pieces(data: bytes, cuts: Iterable[int]) -> list[bytes]:
    """The data, cut at these places."""
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[begin:end] for begin, end in pairwise(places)]


CUTS: st.SearchStrategy[list[int]] = st.lists(st.integers(0, 1 << 16), max_size=15)


def feed_client(wire: Wire, chunks: Sequence[bytes]) -> None:
    for chunk in chunks:
        wire.from_client(chunk)
    wire.client_finished()


def feed_server(wire: Wire, chunks: Sequence[bytes]) -> None:
    for chunk in chunks:
        wire.from_server(chunk)
    wire.server_finished()
