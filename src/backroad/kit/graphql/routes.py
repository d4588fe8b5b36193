"""The routes of GraphQL. What answers them takes a good part of a second to load, so it waits until somebody asks."""

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

from litestar import Request, Response, WebSocket, get, post, websocket
from litestar.handlers import BaseRouteHandler

from backroad.kit.rest import Count

AnyRequest = Request[Any, Any, Any]


class Answers(Protocol):
    async def by_post(self, request: AnyRequest) -> Response[bytes]: ...
    async def by_get(self, request: AnyRequest) -> Response[bytes]: ...
    async def live(self, socket: WebSocket[Any, Any, Any]) -> None: ...


def handlers(load: Callable[[], Answers], path: str, count: Count) -> list[BaseRouteHandler]:
    loading: asyncio.Task[Answers] | None = None

    async def answers() -> Answers:
        nonlocal loading
        if loading is None or (loading.done() and loading.exception()):
            loading = asyncio.create_task(asyncio.to_thread(load))
        return await asyncio.shield(loading)

    # A POST may be a mere query: what it may do is judged when its kind is known.
    @post(path, status_code=200, include_in_schema=False, before_request=count, opt={"scope": "read"})
    async def by_post(request: AnyRequest) -> Response[bytes]:
        return await (await answers()).by_post(request)

    @get(path, before_request=count, include_in_schema=False)
    async def by_get(request: AnyRequest) -> Response[bytes]:
        return await (await answers()).by_get(request)

    # Litestar names what it finds in the annotations, so the socket's type is written out.
    @websocket(path, opt={"scope": "read"})
    async def live(socket: WebSocket[Any, Any, Any]) -> None:
        await (await answers()).live(socket)

    return [by_post, by_get, live]
