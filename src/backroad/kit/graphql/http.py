"""GraphQL over HTTP: POST with JSON for everything but subscriptions, GET for queries."""

from collections.abc import Callable
from typing import Any

import msgspec
from litestar import MediaType, Response
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types.graphql import OperationType

from backroad.kit.errors import Problem
from backroad.kit.graphql.context import Context
from backroad.kit.graphql.errors import Schema
from backroad.kit.graphql.persisted import NotPersisted, Persisted
from backroad.kit.graphql.routes import AnyRequest

MakeContext = Callable[[Any], Context]
"""From a request or a socket that passed the guard."""
READING, BOTH = frozenset({OperationType.QUERY}), frozenset({OperationType.QUERY, OperationType.MUTATION})


class Asked(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The body of a request, as "GraphQL over HTTP" has it."""

    query: str | None = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


class Http:
    """Answers requests from one schema."""

    def __init__(self, schema: Schema, make_context: MakeContext) -> None:
        self.schema = schema
        self.make_context = make_context
        self._persisted = Persisted()

    async def by_post(self, request: AnyRequest) -> Response[bytes]:
        if request.content_type[0] != "application/json":
            raise Problem("The body must be JSON.", "Send it with content-type: application/json.", status=415)
        return await self._answer(request, _read(await request.body()), BOTH)

    async def by_get(self, request: AnyRequest) -> Response[bytes]:
        given = request.query_params
        asked = {name: given[name] for name in ("query", "operationName") if name in given}
        texts = {name: given[name] for name in ("variables", "extensions") if name in given}
        return await self._answer(
            request, _asked({**asked, **{name: _parsed(name, text) for name, text in texts.items()}}), READING
        )

    async def _answer(self, request: AnyRequest, asked: Asked, allowed: frozenset[OperationType]) -> Response[bytes]:
        try:
            document = self._persisted.document(asked.query, asked.extensions)
        except NotPersisted:
            extensions = {"code": "PERSISTED_QUERY_NOT_FOUND"}
            return _json({"errors": [{"message": "PersistedQueryNotFound", "extensions": extensions}]})
        try:
            result = await self.schema.execute(
                document,
                variable_values=asked.variables,
                context_value=self.make_context(request),
                operation_name=asked.operation_name,
                allowed_operation_types=allowed,
            )
        except MissingQueryError:
            raise Problem("There is no query.", "Send one as `query`, or the hash of one that is known.") from None
        except CannotGetOperationTypeError:
            raise Problem("The document has no such operation.", "Name one that it holds as operationName.") from None
        except InvalidOperationTypeError as error:
            raise _wrong_way(error.operation_type) from None
        body: dict[str, Any] = {"data": result.data}
        if result.errors:
            body["errors"] = [error.formatted for error in result.errors]
        return _json(body)


def _wrong_way(kind: OperationType) -> Problem:
    if kind is OperationType.SUBSCRIPTION:
        return Problem("Subscriptions come over a WebSocket.", "Connect with the protocol graphql-transport-ws.")
    return Problem("GET changes nothing, and this is a mutation.", "Send it with POST.", status=405)


def _read(body: bytes) -> Asked:
    try:
        return msgspec.json.decode(body, type=Asked)
    except msgspec.ValidationError as error:
        raise Problem(f"The body is not a GraphQL request: {error}.", "Batches of requests are not taken.") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Problem(f"The body is not JSON in UTF-8: {error}.") from None


def _parsed(name: str, text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        raise Problem(f"{name} is not JSON.") from None


def _asked(values: dict[str, Any]) -> Asked:
    try:
        return msgspec.convert(values, Asked)
    except msgspec.ValidationError as error:
        raise Problem(f"This is not a GraphQL request: {error}.") from None


def _json(body: dict[str, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(body), media_type=MediaType.JSON, headers={"cache-control": "no-store"})
