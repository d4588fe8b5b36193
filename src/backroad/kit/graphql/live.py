"""GraphQL over a WebSocket, by the protocol graphql-transport-ws: for subscriptions, and for whatever else is sent."""

from collections.abc import AsyncGenerator, Mapping
from datetime import timedelta
from typing import Any

from graphql import GraphQLError
from litestar import WebSocket
from strawberry.http.exceptions import NonJsonMessageReceived
from strawberry.litestar.controller import GraphQLController, LitestarWebSocketAdapter
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler

from backroad.kit.graphql.errors import Schema
from backroad.kit.graphql.http import MakeContext

PATIENCE = timedelta(seconds=10)
"""For the first message of a connection."""
MOST_OPERATIONS = 20
"""At a time, on one connection."""
LONGEST_ID = 100
LONGEST_REASON = 100
"""Of the 123 bytes that RFC 6455 leaves for it."""


class _Socket(LitestarWebSocketAdapter):
    """Believes no message before its form was checked: the handler takes it for granted."""

    async def iter_json(self, *, ignore_parsing_errors: bool = False) -> AsyncGenerator[object, None]:
        async for message in super().iter_json(ignore_parsing_errors=ignore_parsing_errors):
            if not _is_sound(message):
                raise NonJsonMessageReceived
            yield message

    async def close(self, code: int, reason: str) -> None:
        await super().close(code, reason.encode()[:LONGEST_REASON].decode(errors="ignore"))


def _is_sound(message: object) -> bool:
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        return False
    if message["type"] not in ("subscribe", "complete"):
        return True
    name, payload = message.get("id"), message.get("payload")
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_ID:
        return False
    return message["type"] == "complete" or (
        isinstance(payload, Mapping)
        and isinstance(payload.get("query"), str)
        and isinstance(payload.get("variables"), dict | None)
        and isinstance(payload.get("operationName"), str | None)
    )


class _Handler(BaseGraphQLTransportWSHandler[Any, Any]):
    @staticmethod
    def _get_pre_execution_close_reason(_: GraphQLError) -> str | None:
        """A document with a mistake ends its operation and not the connection."""
        return None


class Live(GraphQLController[Any, Any]):
    """Strawberry's view, of which only the way over a socket is taken."""

    graphql_transport_ws_handler_class = _Handler
    websocket_adapter_class = _Socket
    connection_init_wait_timeout = PATIENCE
    protocols = (GRAPHQL_TRANSPORT_WS_PROTOCOL,)
    max_subscriptions_per_connection = MOST_OPERATIONS

    def __init__(self, schema: Schema, make_context: MakeContext) -> None:
        self.schema = schema
        self.make_context = make_context

    async def live(self, socket: WebSocket[Any, Any, Any]) -> None:
        await self.run(request=socket, context=self.make_context(socket), root_value=None)
