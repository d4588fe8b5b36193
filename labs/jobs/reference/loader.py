"""What many resolvers ask for one by one is loaded in one go: the cure for "N+1 queries"."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any


class Loader:
    """Collects the keys that are asked for in one turn of the event loop. It lives as long as one request."""

    def __init__(self, load: Callable[[list[Any]], Awaitable[Mapping[Any, Any]]]) -> None:
        self._load = load
        self._futures: dict[Any, asyncio.Future[Any]] = {}
        self._asked: list[Any] = []
        self._task: asyncio.Task[None] | None = None

    def __call__(self, key: Any) -> asyncio.Future[Any]:
        if key not in self._futures:
            loop = asyncio.get_running_loop()
            self._futures[key] = loop.create_future()
            self._asked.append(key)
            if len(self._asked) == 1:
                loop.call_soon(self._begin)
        return self._futures[key]

    def _begin(self) -> None:
        keys, self._asked = self._asked, []
        self._task = asyncio.get_running_loop().create_task(self._answer(keys))

    async def _answer(self, keys: list[Any]) -> None:
        try:
            found = await self._load(keys)
        except Exception as error:
            for key in keys:
                self._futures[key].set_exception(error)
            return
        for key in keys:
            self._futures[key].set_result(found.get(key))
