"""The weather service: one call with a deadline, one retry, a breaker around both."""

import asyncio
import random
from datetime import datetime
from functools import partial

import httpx2
import msgspec
from breaker import Breaker
from settings import Settings
from trouble import Broken, Limited, TooSlow, Unknown

PAUSE = 0.2  # seconds before the retry, at most; random, so that those who failed together do not return together
LONGEST = 3600.0


class Observation(msgspec.Struct, frozen=True):
    city: str
    temperature: float
    unit: str
    condition: str
    observed_at: datetime


class Upstream:
    def __init__(self, settings: Settings) -> None:
        self._key = settings.upstream_key
        self._seconds = settings.upstream_seconds
        self._breaker = Breaker(settings.breaker_failures, settings.breaker_seconds)
        # No timeout of the library's: those count from byte to byte, and never end an answer that trickles.
        self._client = httpx2.AsyncClient(base_url=settings.upstream_url, timeout=None, trust_env=False)

    async def close(self) -> None:
        await self._client.aclose()

    async def current(self, city: str) -> Observation:
        """Raises Unknown or Unavailable. A call that ran out of time is not repeated: the client has waited enough."""
        ask = partial(self._breaker.call, partial(self._call, city))
        try:
            return await ask()
        except Broken as broken:
            if not broken.again:
                raise
        await asyncio.sleep(random.uniform(0, PAUSE))
        return await ask()

    async def _call(self, city: str) -> Observation:
        try:
            async with asyncio.timeout(self._seconds):
                answer = await self._client.get("/v1/current", params={"city": city, "key": self._key})
        except TimeoutError:
            raise TooSlow from None
        except httpx2.HTTPError:
            raise Broken from None
        if answer.status_code == 404:
            raise Unknown(city)
        if answer.status_code == 429:
            raise Limited(seconds_of(answer.headers.get("retry-after", "")))
        if answer.status_code != 200:
            raise Broken(again=answer.status_code >= 500)
        try:
            return msgspec.json.decode(answer.content, type=Observation)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Broken from None


def seconds_of(retry_after: str) -> float:
    """A date, which is allowed as well, counts as a minute."""
    return min(float(retry_after), LONGEST) if retry_after.isdecimal() else 60.0
