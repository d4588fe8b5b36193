"""What is known, for how long, and who is asking for the rest already."""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from trouble import Unavailable

T = TypeVar("T")


class Entry(Generic[T]):
    def __init__(self, value: T, fresh: float) -> None:
        self.value = value
        self._fresh = fresh
        self._at = time.monotonic()  # not the time of day, which may be set back

    @property
    def age(self) -> float:
        return time.monotonic() - self._at

    @property
    def stale(self) -> bool:
        return self.age >= self._fresh


class Cache(Generic[T]):
    """Kept in memory: after a restart each city costs one call, which is what it costs each minute anyway."""

    def __init__(self, *, fresh: float, stale: float, most: int) -> None:
        self._fresh = fresh
        self._stale = stale
        self._most = most
        self._entries: OrderedDict[str, Entry[T]] = OrderedDict()  # the latest used last
        self._loading: dict[str, asyncio.Task[Entry[T]]] = {}

    async def get(self, key: str, load: Callable[[], Awaitable[T]]) -> Entry[T]:
        """The entry, from `load` unless it is fresh; where that is unavailable, what was known before."""
        entry = self._entries.get(key)
        if entry is not None and not entry.stale:
            self._entries.move_to_end(key)
            return entry
        try:
            # Shielded: if the client that came first leaves, the others still get their answer.
            return await asyncio.shield(self._load_once(key, load))
        except Unavailable:
            if entry is not None and entry.age < self._fresh + self._stale:
                return entry
            raise

    def _load_once(self, key: str, load: Callable[[], Awaitable[T]]) -> asyncio.Task[Entry[T]]:
        """The load of this key that is under way, or else a new one."""
        task = self._loading.get(key)
        if task is None:
            task = self._loading[key] = asyncio.create_task(self._load(key, load))
            task.add_done_callback(lambda done: self._ended(key, done))
        return task

    async def _load(self, key: str, load: Callable[[], Awaitable[T]]) -> Entry[T]:
        entry = Entry(await load(), self._fresh)
        self._entries[key] = entry
        self._entries.move_to_end(key)
        while len(self._entries) > self._most:
            self._entries.popitem(last=False)
        return entry

    def _ended(self, key: str, task: asyncio.Task[Entry[T]]) -> None:
        del self._loading[key]
        if not task.cancelled():
            task.exception()  # seen, also when nobody waits for it any more
