"""A real PostgreSQL and a real Redis from pip, each behind a proxy that can take them away and bring them back."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from backroad.verifier.dependencies import installed
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.sources import Kind


class Service:
    """Reached through `url`. `down`: connections are refused and cut. `silent`: nothing comes back any more."""

    def __init__(self, loop: asyncio.AbstractEventLoop, proxy: Proxy, url: str) -> None:
        self._loop = loop
        self._proxy = proxy
        parts = urlsplit(url)
        login = f"{parts.netloc.rpartition('@')[0]}@" if "@" in parts.netloc else ""
        self.url = parts._replace(netloc=f"{login}127.0.0.1:{proxy.port}").geturl()

    def down(self) -> None:
        self._do(self._proxy.down)

    def silent(self) -> None:
        self._do(self._proxy.drop)

    def back(self) -> None:
        self._do(self._proxy.restore)

    def _do(self, change: Callable[[], object]) -> None:
        async def on_loop() -> None:
            change()

        asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(10)


@contextmanager
def service(kind: Kind) -> Iterator[Service]:
    server = installed.start(kind)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    parts = urlsplit(server.url)
    assert parts.hostname is not None
    assert parts.port is not None
    proxy = Proxy(kind, (parts.hostname, parts.port))
    try:
        asyncio.run_coroutine_threadsafe(proxy.open(), loop).result(10)
        yield Service(loop, proxy, server.url)
        asyncio.run_coroutine_threadsafe(proxy.close(), loop).result(10)
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
        server.end()
