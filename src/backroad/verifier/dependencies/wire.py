"""What sees the bytes between a target and what it depends on."""

from typing import Protocol


class Ends(Protocol):
    """What a wire may do with the two connections."""

    def to_server(self, data: bytes) -> None: ...

    def to_client(self, data: bytes) -> None: ...

    def reset(self) -> None:
        """Both connections end at once."""

    def hang_up(self) -> None:
        """The client gets what was sent to it, then the end; the server is reset."""


class Wire:
    """Sees all bytes of one connection in both directions and hands them on; subclasses know a protocol."""

    def __init__(self, ends: Ends) -> None:
        self.ends = ends

    def from_client(self, data: bytes) -> None:
        self.ends.to_server(data)

    def from_server(self, data: bytes) -> None:
        self.ends.to_client(data)

    def client_finished(self) -> None:
        """No more bytes will come from the client: let go of what is held."""

    def server_finished(self) -> None:
        """No more bytes will come from the server: let go of what is held."""
