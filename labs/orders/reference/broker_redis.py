"""Redis streams as a broker. In production Redis needs `appendonly yes`: a stream is as durable as its file."""

import asyncio
import logging
from typing import Any

from broker import AT_WORK, PAUSE, Handle
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError, ResponseError

log = logging.getLogger(__name__)
BLOCK = 1000  # milliseconds that a read waits for news
GROUP = CONSUMER = "service"  # one consumer a queue; with several, each takes over what the others left: XAUTOCLAIM
LOST = (RedisError, OSError, TimeoutError)


class Streams:
    def __init__(self, url: str, prefix: str) -> None:
        self._redis: Redis = Redis.from_url(
            url, socket_timeout=4, socket_connect_timeout=2, retry=Retry(NoBackoff(), 0), protocol=2
        )
        self._prefix = prefix
        self._held: dict[bytes, asyncio.Task[None]] = {}  # delivered, and not acknowledged yet

    async def publish(self, queue: str, message: bytes) -> None:
        await self._redis.xadd(self._prefix + queue, {"message": message})

    async def consume(self, queue: str, handle: Handle) -> None:
        stream = self._prefix + queue
        while True:
            try:
                await self._make_group(stream)
                await self._read(stream, handle)
            except LOST as error:
                log.warning("the broker is away: %s", error)
                await asyncio.sleep(PAUSE)

    async def _make_group(self, stream: str) -> None:
        try:
            await self._redis.xgroup_create(stream, GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if "BUSYGROUP" not in str(error):
                raise

    async def _read(self, stream: str, handle: Handle) -> None:
        """First what was delivered before and never acknowledged, then what is new."""
        after: Any = "0"
        while True:
            room = AT_WORK - len(self._held)
            if room <= 0:
                await asyncio.wait(self._held.values(), return_when=asyncio.FIRST_COMPLETED)
                continue
            streams: dict[Any, Any] = {stream: after}
            answer: Any = await self._redis.xreadgroup(GROUP, CONSUMER, streams, count=room, block=BLOCK)
            entries = answer[0][1] if answer else []
            for number, fields in entries:
                if number not in self._held and fields:
                    self._held[number] = asyncio.create_task(self._work(stream, number, fields[b"message"], handle))
            if after != ">":
                after = entries[-1][0] if entries else ">"

    async def _work(self, stream: str, number: bytes, message: bytes, handle: Handle) -> None:
        try:
            await handle(message)
            await self._acknowledge(stream, number)
        finally:
            self._held.pop(number, None)

    async def _acknowledge(self, stream: str, number: bytes) -> None:
        while True:
            try:
                async with self._redis.pipeline(transaction=True) as both:
                    both.xack(stream, GROUP, number)
                    both.xdel(stream, number)
                    await both.execute()
                return
            except LOST:
                await asyncio.sleep(PAUSE)

    async def close(self) -> None:
        """What is held goes back: it was not acknowledged."""
        held = list(self._held.values())
        for task in held:
            task.cancel()
        if held:
            await asyncio.wait(held, timeout=1)
        await self._redis.aclose()
