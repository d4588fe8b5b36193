"""The portal over GraphQL: one path, one operation in a request."""

import logging
from typing import Any

import limits
from asgi import Answer, Handler, Request
from graphql import ExecutionResult, GraphQLError, execute, parse, validate
from graphql.pyutils import is_awaitable
from graphql.validation import NoSchemaIntrospectionCustomRule, specified_rules
from refusals import Invalid, Nobody, Refusal
from resolvers import SCHEMA, Context
from rest import BODY, Portal, translated

log = logging.getLogger(__name__)
KIND = "application/graphql-response+json"


class Graph:
    def __init__(self, portal: Portal, *, introspection: bool) -> None:
        self._portal = portal
        self._rules = [*specified_rules, *([] if introspection else [NoSchemaIntrospectionCustomRule])]

    def routes(self) -> list[tuple[str, dict[str, Handler]]]:
        # POST alone, and JSON alone: a page of another site cannot make a browser send either without asking first.
        return [("/graphql", {"POST": translated(self.answer)})]

    async def answer(self, request: Request) -> Answer:
        body = await request.json(BODY)
        person = await self._portal.anybody(request)
        if person is None and "authorization" in request.headers:
            raise Nobody
        try:
            query, variables, operation = read(body)
            document = parse(query, no_location=False, max_tokens=limits.TOKENS)
            errors = validate(SCHEMA, document, self._rules, max_errors=10)
            if errors:
                return Answer(400, {"errors": [error.formatted for error in errors]}, media_type=KIND)
            limits.Measure(document, variables).check()
        except GraphQLError as error:
            return Answer(400, {"errors": [error.formatted]}, media_type=KIND)
        except RecursionError:
            return Answer(400, {"errors": [{"message": "The query is nested too deeply."}]}, media_type=KIND)
        context = Context(self._portal, person)
        running = execute(SCHEMA, document, None, context, variables, operation)
        result: Any = await running if is_awaitable(running) else running
        return shown(result)


def read(body: Any) -> tuple[str, dict[str, Any], str | None]:
    if not isinstance(body, dict):
        raise GraphQLError("The body must be an object with one operation: batches are not taken.")
    query, variables, operation = body.get("query"), body.get("variables"), body.get("operationName")
    if not isinstance(query, str):
        raise GraphQLError("query must be a text.")
    if variables is not None and not isinstance(variables, dict):
        raise GraphQLError("variables must be an object.")
    if operation is not None and not isinstance(operation, str):
        raise GraphQLError("operationName must be a text.")
    return query, variables or {}, operation


def shown(result: ExecutionResult) -> Answer:
    """200 if it was executed, with the errors of single fields beside the data."""
    body: dict[str, Any] = {}
    if result.errors:
        body["errors"] = [show_error(error) for error in result.errors]
    if result.data is None and all(error.path is None for error in result.errors or []):
        return Answer(400, body, media_type=KIND)  # it did not begin: an unknown operation, a wrong variable
    return Answer(200, {**body, "data": result.data}, media_type=KIND)


def show_error(error: GraphQLError) -> dict[str, Any]:
    """What we refuse says why; what went wrong says nothing: the log has it."""
    cause = error.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return dict(error.formatted)
    where = {"path": error.path} if error.path else {}
    if isinstance(cause, Refusal):
        details = {"fields": cause.errors} if isinstance(cause, Invalid) else {}
        return {"message": str(cause), **where, "extensions": {"code": cause.code, **details}}
    log.error("a resolver went wrong", exc_info=cause)
    return {"message": "Something went wrong here.", **where, "extensions": {"code": "INTERNAL"}}
