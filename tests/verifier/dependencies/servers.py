"""A loop like the product's, and small servers to put behind a proxy."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import uvloop

from backroad.verifier.dependencies.proxy import Proxy

Result = TypeVar("Result")
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


def run(work: Awaitable[Result], *, within: float = 20) -> Result:
    async def limited() -> Result:
        async with asyncio.timeout(within):
            return await work

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(limited())


@contextlib.asynccontextmanager
async def serving(handle: Handler) -> AsyncIterator[tuple[str, int]]:
    """Address of a server that calls `handle` for every connection; closes them all at the end."""
    tasks: set[asyncio.Task[None]] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await handle(reader, writer)
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(one, "127.0.0.1", 0, backlog=1024)
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()


@contextlib.asynccontextmanager
async def proxied(handle: Handler = echo, *, seed: str = "TEST") -> AsyncIterator[Proxy]:
    async with serving(handle) as address, Proxy("test", address, seed=seed) as proxy:
        yield proxy


@contextlib.asynccontextmanager
async def connected(port: int) -> AsyncIterator[Streams]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        yield reader, writer
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def say(streams: Streams, data: bytes) -> bytes:
    """Send it, and read as much."""
    streams[1].write(data)
    return await streams[0].readexactly(len(data))
