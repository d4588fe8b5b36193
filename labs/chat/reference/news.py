"""What processes tell one another through Redis: that a room has changed, and who is in it here.

It is a nudge, never the news itself: pub/sub forgets what nobody hears, and everything that must not be lost is in the
store. Without Redis, and while it is away, each process finds out by itself a second later.
"""

import asyncio
import contextlib
import logging
import secrets
from typing import TYPE_CHECKING, Any

import msgspec
from redis.asyncio import Redis
from redis.exceptions import RedisError

if TYPE_CHECKING:
    from rooms import Hub

log = logging.getLogger(__name__)
CHANNEL = "chat"
GOSSIP, BELIEVED = 2.0, 6.0  # seconds between tellings of who is here; for which they are believed
UNTOLD = 1000


class News:
    def __init__(self, hub: "Hub", url: str) -> None:
        self._hub = hub
        self._process = secrets.token_hex(8)
        self._redis = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=5)
        self._listening = Redis.from_url(url, socket_connect_timeout=2, socket_timeout=None)
        self._untold: asyncio.Queue[dict[str, Any]] = asyncio.Queue(UNTOLD)

    def tell(self, what: dict[str, Any]) -> None:
        """Never waits, and never fails: whoever sends a message has nothing to do with Redis."""
        with contextlib.suppress(asyncio.QueueFull):
            self._untold.put_nowait(what)

    async def run(self) -> None:
        """Until the hub stops. A cancellation may get lost in the client, which takes it for a broken connection."""
        await asyncio.gather(self._tell(), self._listen(), self._gossip())

    async def _tell(self) -> None:
        while not self._hub.stopping:
            what = await self._untold.get()
            try:
                await self._redis.publish(CHANNEL, msgspec.json.encode({"from": self._process, **what}))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("Redis is away: %s", error)
                await asyncio.sleep(0.2)

    async def _gossip(self) -> None:
        while True:
            self.tell({"present": self._hub.present_here()})
            await asyncio.sleep(GOSSIP)

    async def _listen(self) -> None:
        while not self._hub.stopping:
            try:
                async with self._listening.pubsub(ignore_subscribe_messages=True) as channel:
                    await channel.subscribe(CHANNEL)
                    self.tell({"who": True})
                    async for message in channel.listen():
                        await self._hear(msgspec.json.decode(message["data"]))
            except (RedisError, OSError, TimeoutError) as error:
                log.warning("Redis is away: %s", error)
            await asyncio.sleep(0.2)

    async def _hear(self, news: dict[str, Any]) -> None:
        if news["from"] == self._process:
            return
        if "room" in news:
            await self._hub.look_at(news["room"])
        if "present" in news:
            until = asyncio.get_running_loop().time() + BELIEVED
            self._hub.present_elsewhere(news["from"], news["present"], until)
        if "who" in news:
            self.tell({"present": self._hub.present_here()})
