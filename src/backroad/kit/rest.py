"""What holds for every route below /api/v1: limits, strict bodies, idempotency keys, ETags. And how OpenAPI says so."""

from collections.abc import Awaitable, Callable
from typing import Any

from litestar import Request, Response
from litestar.datastructures import MutableScopeHeaders
from litestar.types import ASGIApp, Message, Receive, Scope, Send

from backroad.kit import idempotency
from backroad.kit.db import Database
from backroad.kit.etags import ETags
from backroad.kit.http import read_strictly
from backroad.kit.kept import Kept
from backroad.kit.limits import API, Left, Limits

AnyRequest = Request[Any, Any, Any]
Who = Callable[[AnyRequest], str]
"""Person's id, or the address of somebody who has not signed in."""
Count = Callable[[AnyRequest], Awaitable[None]]
"""Raises a Problem for who asks too often."""
_LEFT = "rate left"


def counted(limits: Limits | None, who: Who) -> Count:
    """For `before_request`, which runs when it is known who asks; without limits, everybody may ask at will."""

    async def count(request: AnyRequest) -> None:
        if limits is not None:
            request.scope["state"][_LEFT] = await limits.hit(API, who(request))

    return count


def rules(db: Database, count: Count, who: Who, kept: Kept) -> dict[str, Any]:
    """Arguments of the router of the API."""

    async def before(request: AnyRequest) -> Response[bytes] | None:
        await count(request)
        await read_strictly(request)
        return await idempotency.take(request, db, who(request)) or await kept.look(request)

    def keeping(app: ASGIApp) -> ASGIApp:  # Litestar copies what it is given, and a database cannot be copied
        return idempotency.Keeping(app, db)

    return {"before_request": before, "middleware": [RateHeaders, keeping, ETags]}


class RateHeaders:
    """Middleware: says with each answer how much is left."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def told(message: Message) -> None:
            left: Left | None = scope["state"].get(_LEFT)
            if left is not None and message["type"] == "http.response.start":
                MutableScopeHeaders(message).update(left.headers)
            await send(message)

        await self.app(scope, receive, told)


def describe(document: dict[str, Any], *, limited: bool) -> None:
    """What these rules add to every operation of the OpenAPI document. Doing it twice is harmless."""
    problem = {"schema": {"$ref": "#/components/schemas/ProblemDocument"}}
    content = {"application/problem+json": problem}
    for path in document["paths"].values():
        for method, operation in path.items():
            answers = operation["responses"]
            if method == "get":
                _describe_reading(operation)
            if method == "post":
                said = "Sent again under this key, it is done once: a UUID, for example."
                _add(operation, "Idempotency-Key", said, pattern=idempotency.KEY)
                answers.setdefault("409", {"description": "Conflict", "content": content})
                answers.setdefault("422", {"description": "Unprocessable Content", "content": content})
            if limited or method == "post":
                retry = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds"}}
                answers.setdefault("429", {"description": "Too Many Requests", "headers": retry, "content": content})


def _describe_reading(operation: dict[str, Any]) -> None:
    tagged = {"ETag": {"schema": {"type": "string"}, "description": "Of these very bytes."}}
    answers = operation["responses"]
    if "application/json" in answers.get("200", {}).get("content", {}):
        _add(operation, "If-None-Match", "ETags that you have: if one is current, the answer is 304.")
        answers["200"]["headers"] = {**answers["200"].get("headers", {}), **tagged}
        answers.setdefault("304", {"description": "Not Modified", "headers": tagged})


def _add(operation: dict[str, Any], name: str, description: str, **more: str) -> None:
    there = operation.setdefault("parameters", [])
    if not any(parameter.get("name") == name for parameter in there):
        schema: dict[str, Any] = {"type": "string", **more}
        there.append({"name": name, "in": "header", "required": False, "schema": schema, "description": description})
