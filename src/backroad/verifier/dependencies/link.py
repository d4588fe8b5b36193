"""One connection of the target, the connection to the real server that belongs to it, and what flows between."""

import asyncio
import random
import socket
from collections.abc import Callable
from typing import Protocol

from backroad.verifier.dependencies.conditions import Conditions
from backroad.verifier.dependencies.pipe import Ending, Pipe, Side
from backroad.verifier.dependencies.wire import Wire

CONNECT_TIMEOUT = 10.0


class Surroundings(Protocol):
    """What a link needs to know of its proxy."""

    conditions: Conditions
    random: random.Random
    address: tuple[str, int]

    async def until_forwarding(self) -> None: ...

    def connect_failed(self) -> None: ...

    def closed(self, link: "Link") -> None: ...


class Link:
    """`number` counts the connections of a proxy from 1."""

    def __init__(
        self, surroundings: Surroundings, number: int, sock: socket.socket, make_wire: Callable[["Link"], Wire]
    ) -> None:
        self.number = number
        self.dead = False  # half open: the server is gone, and the client was not told
        self._surroundings = surroundings
        self._closed = False
        self._wire = make_wire(self)
        self._client = Side(sock, self)
        self._server: Side | None = None
        self._up = Pipe(surroundings, self, self._client, delayed=False)
        self._down: Pipe | None = None
        self.opening = asyncio.get_running_loop().create_task(self._open())

    async def _open(self) -> None:
        """Connect the two sides. While the proxy drops everything, the server is not connected either."""
        loop = asyncio.get_running_loop()
        try:
            await loop.connect_accepted_socket(lambda: self._client, self._client.socket)
            if self._closed:
                return
            self._up.regulate()
            await self._surroundings.until_forwarding()
            server = await self._connect(self._surroundings.address)
        except (OSError, TimeoutError):
            self._surroundings.connect_failed()
            self.reset()
            return
        self._server = server
        self._down.attach(self._client)  # type: ignore[union-attr]  # made together with the server's side
        self._up.attach(server)

    async def _connect(self, address: tuple[str, int]) -> Side:
        loop = asyncio.get_running_loop()
        sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await loop.sock_connect(sock, address)
            server = Side(sock, self)
            self._down = Pipe(self._surroundings, self, server, delayed=True)
            await loop.create_connection(lambda: server, sock=sock)
        except BaseException:
            sock.close()
            raise
        return server

    def arrived(self, side: Side, data: bytes) -> None:
        if self.dead or self._closed:
            return
        if side is not self._client:
            self._wire.from_server(data)
        elif self._down is not None and self._down.ended:
            self.reset()  # the server has closed: it would answer this with RST
        else:
            self._wire.from_client(data)

    def to_server(self, data: bytes) -> None:
        self._up.push(data)

    def to_client(self, data: bytes) -> None:
        if self._down is not None:
            self._down.push(data)
        else:
            self._client.write(data)

    @property
    def sent(self) -> int:
        """Bytes handed on to the server."""
        return self._up.bytes

    @property
    def received(self) -> int:
        """Bytes handed on to the client."""
        return self._down.bytes if self._down is not None else 0

    def changed(self) -> None:
        """The conditions are others now."""
        self._up.pump()
        if self._down is not None:
            self._down.pump()

    def ended(self, side: Side, how: Ending) -> None:
        from_client = side is self._client
        if self._closed or (self.dead and not from_client):
            return
        pipe = self._up if from_client else self._down
        if self.dead:
            self.reset()
        elif pipe is not None and pipe.ending is Ending.OPEN:
            (self._wire.client_finished if from_client else self._wire.server_finished)()
            pipe.ending = how
            pipe.pump()

    def settle(self) -> None:
        """Close what has nothing more to say in either direction."""
        if self._closed or self.dead:
            return
        lost = self._client.lost and (self._server is None or self._server.lost)
        if lost or (self._up.ended and self._down is not None and self._down.ended):
            self._close()
            self._client.close()
            if self._server is not None:
                self._server.close()

    def reset(self) -> None:
        """RST on both sides, now; what waits is lost."""
        self._close()
        self._client.reset()
        if self._server is not None:
            self._server.reset()

    def hang_up(self) -> None:
        """The client gets what was sent to it, then the end; the server is reset."""
        if self._server is not None:
            self._server.reset()

    def deaden(self) -> bool:
        """The server's side ends; the client's side stays open and is never answered again."""
        if self._server is None or self.dead or self._closed:
            return False
        self.dead = True
        self._up.clear()
        if self._down is not None:
            self._down.clear()
        self._server.full = False
        self._server.reset()
        self._up.regulate()
        return True

    def _close(self) -> None:
        if self._closed:
            return
        self._closed = True
        if self._client.transport is not None and self.opening is not asyncio.current_task():
            self.opening.cancel()
        self._up.clear()
        if self._down is not None:
            self._down.clear()
        self._surroundings.closed(self)
