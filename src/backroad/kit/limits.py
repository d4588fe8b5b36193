"""How often something may be asked for: a moving window for each person or address, in memory or in Redis.

Processes that share a Redis share the counts. A Redis that is away takes nothing down: each process counts for itself
until it is back.
"""

import ipaddress
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import msgspec
import structlog
from limits import RateLimitItem, RateLimitItemPerSecond
from limits.aio.storage import MemoryStorage, RedisStorage
from limits.aio.strategies import MovingWindowRateLimiter
from litestar.datastructures import Headers
from litestar.types import Scope

from backroad.kit.errors import Problem
from backroad.kit.say import plural

T = TypeVar("T")
log = structlog.get_logger()
PATIENCE = 0.5
"""Seconds that Redis gets to answer."""
AWAY = 10.0
"""Seconds for which a Redis that did not answer is left alone."""


class Rate(msgspec.Struct, frozen=True):
    """`amount` times within `seconds`; the name keeps the counts of different things apart."""

    name: str
    amount: int
    seconds: int

    @property
    def item(self) -> RateLimitItem:
        return RateLimitItemPerSecond(self.amount, self.seconds, namespace=f"backroad:{self.name}")


API = Rate("api", 600, 60)
"""Of everything below /api, for one person."""


class Left(msgspec.Struct, frozen=True):
    """What is left of a rate, and in how many seconds there is more."""

    rate: Rate
    remaining: int
    seconds: int

    @property
    def headers(self) -> dict[str, str]:
        """As in draft-ietf-httpapi-ratelimit-headers."""
        name = f'"{self.rate.name}"'
        return {
            "ratelimit-policy": f"{name};q={self.rate.amount};w={self.rate.seconds}",
            "ratelimit": f"{name};r={self.remaining};t={self.seconds}",
        }


class TooMany(Problem):
    def __init__(self, left: Left) -> None:
        rate, wait = left.rate, plural(left.seconds, "second")
        said = f"That was more than {plural(rate.amount, 'time')} within {plural(rate.seconds, 'second')}."
        super().__init__(said, f"Try again in {wait}.", status=429)
        self.headers = {**left.headers, "retry-after": str(left.seconds)}


class _Memory(MemoryStorage):
    async def clear(self, key: str) -> None:
        """The library's own takes the key away from under its clean-up, which goes on in another task and fails."""
        self.storage.pop(key, None)
        self.expirations.pop(key, None)
        if key in self.events:
            self.events[key] = []


class Limits:
    """Counts; `redis_url` is empty where one process is all there is."""

    def __init__(self, redis_url: str = "") -> None:
        self._redis_url = redis_url
        self._memory = MovingWindowRateLimiter(_Memory())
        self._redis: RedisStorage | None = None
        self._away_until = 0.0

    async def hit(self, rate: Rate, who: str) -> Left:
        """Count one; raises TooMany, which does not count, when nothing is left."""
        item = rate.item

        async def counted(counter: MovingWindowRateLimiter) -> tuple[bool, int, float]:
            taken = await counter.hit(item, who)
            stats = await counter.get_window_stats(item, who)
            return taken, stats.remaining, stats.reset_time

        taken, remaining, reset = await self._ask(counted)
        left = Left(rate, remaining if taken else 0, min(rate.seconds, max(1, round(reset - time.time()))))
        if not taken:
            raise TooMany(left)
        return left

    async def forget(self, rate: Rate, who: str) -> None:
        """Begin to count anew, for example after somebody gave the right password."""
        await self._ask(lambda counter: counter.clear(rate.item, who))

    async def _ask(self, question: Callable[[MovingWindowRateLimiter], Awaitable[T]]) -> T:
        if self._redis_url and time.monotonic() >= self._away_until:
            try:
                return await question(self._shared())
            except Exception as error:  # whatever the client raises: no request fails for want of a count
                self._away_until = time.monotonic() + AWAY
                log.warning("limits are counted in memory: Redis does not answer", error=type(error).__name__)
        return await question(self._memory)

    def _shared(self) -> MovingWindowRateLimiter:
        if self._redis is None:
            options: dict[str, Any] = {"socket_connect_timeout": PATIENCE, "socket_timeout": PATIENCE}
            self._redis = RedisStorage(f"async+{self._redis_url}", implementation="redispy", **options)
        return MovingWindowRateLimiter(self._redis)

    async def close(self) -> None:
        """Let go of Redis."""
        if self._redis is not None:
            await self._redis.bridge.get_connection().aclose()  # type: ignore[attr-defined]
            self._redis = None


def client_address(scope: Scope, trusted_proxies: int) -> str:
    """Of whoever asks: behind so many proxies, the one that the outermost of them saw.

    What a client wrote into X-Forwarded-For itself stands further left and is not believed. One machine has a whole
    /64 of IPv6, so that is what is counted.
    """
    client = scope.get("client")
    seen = [client[0] if client else ""]
    if trusted_proxies:
        forwarded = ",".join(Headers.from_scope(scope).getall("x-forwarded-for", []))
        seen = [*(part.strip() for part in forwarded.split(",") if part.strip()), *seen]
    address = seen[max(0, len(seen) - 1 - trusted_proxies)]
    with suppress(ValueError):
        parsed = ipaddress.ip_address(address)
        if isinstance(parsed, ipaddress.IPv6Address):
            mapped = parsed.ipv4_mapped
            return str(mapped) if mapped else str(ipaddress.ip_network((parsed, 64), strict=False))
        return str(parsed)
    return address[:60]
