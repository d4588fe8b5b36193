"""A TCP proxy between the target and what it depends on, switchable at any moment of a check."""

import asyncio
import random
import socket
from collections.abc import Mapping
from typing import Any

import msgspec

from backroad.verifier.dependencies.conditions import CLEAR, Conditions, Fault
from backroad.verifier.dependencies.link import Link
from backroad.verifier.dependencies.listener import Listener
from backroad.verifier.dependencies.wire import Wire


class Proxy:
    """Open it with `async with`. Each fault acts at once, and lasts until restore() or for one `async with` block."""

    def __init__(self, name: str, address: tuple[str, int], *, seed: str = "") -> None:
        self.name = name
        self.address = address
        self.conditions = CLEAR
        self.random = random.Random(f"{seed}:proxy:{name}")
        self.connections = 0  # ever accepted
        self.most_open = 0  # at one moment
        self.failed_connects = 0  # the real server could not be reached
        self._links: set[Link] = set()
        self._listener = Listener(self._accepted)
        self._sent = 0
        self._received = 0
        self._forwarding = asyncio.Event()
        self._forwarding.set()

    async def open(self) -> "Proxy":
        self._listener.open()
        return self

    async def close(self) -> None:
        """Reset what is open, and free the port."""
        self._listener.close()
        opening = [link.opening for link in self._links]
        self.cut()
        await asyncio.gather(*opening, return_exceptions=True)
        await asyncio.sleep(0)  # the transports close in the next turn of the loop

    async def __aenter__(self) -> "Proxy":
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def port(self) -> int:
        return self._listener.port

    @property
    def open_connections(self) -> int:
        return len(self._links)

    @property
    def bytes_to_server(self) -> int:
        return self._sent + sum(link.sent for link in self._links)

    @property
    def bytes_to_client(self) -> int:
        return self._received + sum(link.received for link in self._links)

    def latency(self, seconds: float, *, jitter: float = 0.0) -> Fault:
        """Every answer of the server comes so much later, plus a random part of `jitter` seconds."""
        return self._fault(latency=seconds, jitter=jitter)

    slowed = latency

    def bandwidth(self, bytes_per_second: int) -> Fault:
        """For each connection and direction."""
        return self._fault(bandwidth=bytes_per_second)

    def drop(self) -> Fault:
        """Connections are accepted and stay open, and nothing is forwarded. What was sent arrives after the end of it,
        as it does after a network partition."""
        return self._fault(dropping=True)

    def refuse(self) -> Fault:
        """New connections are refused; open ones go on."""
        return self._fault(refusing=True)

    def down(self) -> Fault:
        """As if the server had ended: open connections are reset, new ones refused."""
        fault = self.refuse()
        self.cut()
        return fault

    def cut(self) -> int:
        """Reset all open connections, once; new ones work. Returns how many there were."""
        links = list(self._links)
        for link in links:
            link.reset()
        return len(links)

    def half_open(self) -> int:
        """Open connections lose their server without being told: they stay open and are never answered again, until
        restore() resets them. New ones work. Returns how many there were."""
        return sum([link.deaden() for link in list(self._links)])

    def restore(self) -> None:
        """End all faults."""
        self._change(msgspec.structs.asdict(CLEAR))
        for link in list(self._links):
            if link.dead:
                link.reset()

    def _fault(self, **changes: Any) -> Fault:
        before = {name: getattr(self.conditions, name) for name in changes}
        self._change(changes)
        return Fault(self._change, before)

    def _change(self, changes: Mapping[str, Any]) -> None:
        self.conditions = Conditions(**{**msgspec.structs.asdict(self.conditions), **changes})
        if self.conditions.dropping:
            self._forwarding.clear()
        else:
            self._forwarding.set()
        (self._listener.refuse if self.conditions.refusing else self._listener.accept)()
        for link in list(self._links):
            link.changed()

    def make_wire(self, link: Link) -> Wire:
        """What sees the bytes of a connection; subclasses know a protocol."""
        return Wire(link)

    def _accepted(self, sock: socket.socket) -> None:
        self.connections += 1
        self._links.add(Link(self, self.connections, sock, self.make_wire))
        self.most_open = max(self.most_open, len(self._links))

    async def until_forwarding(self) -> None:
        await self._forwarding.wait()

    def connect_failed(self) -> None:
        self.failed_connects += 1

    def closed(self, link: Link) -> None:
        self._links.discard(link)
        self._sent += link.sent
        self._received += link.received
