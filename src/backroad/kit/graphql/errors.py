"""What went wrong, as GraphQL says it: a sentence, and in `extensions` a code, the status that REST has, and a hint."""

from http import HTTPStatus
from typing import Any

import strawberry
import structlog
from graphql import GraphQLError, GraphQLSyntaxError
from strawberry.exceptions import MissingQueryError
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionContext

from backroad.kit.errors import Problem

log = structlog.get_logger()
CODES = {
    400: "BAD_INPUT",
    401: "NOT_SIGNED_IN",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    409: "CONFLICT",
    412: "STALE",
    413: "TOO_LARGE",
    422: "UNPROCESSABLE",
    429: "TOO_MANY_REQUESTS",
    503: "BUSY",
}
_OF_THE_REQUEST = (CannotGetOperationTypeError, InvalidOperationTypeError, MissingQueryError)


class Schema(strawberry.Schema):
    """Every error passes here before it leaves, however the operation came in."""

    def process_errors(self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None) -> None:
        for error in errors:
            if "code" not in (error.extensions or {}):
                tell(error)


def tell(error: GraphQLError) -> None:
    """Gives the error its code; what is a fault of ours is logged whole and told in one sentence."""
    cause = error.original_error
    while isinstance(cause, GraphQLError):
        cause = cause.original_error
    if isinstance(cause, Problem):
        error.message = cause.sentence
        error.extensions = _extensions(CODES.get(cause.status, "FAULT"), cause.status, cause.hint)
    elif isinstance(error, GraphQLSyntaxError):
        error.extensions = _extensions("SYNTAX", 400)
    elif cause is None or isinstance(cause, _OF_THE_REQUEST):
        error.extensions = _extensions("INVALID", 400)
    else:
        log.error("fault", path=error.path, exc_info=cause)
        error.message = "Something went wrong on our side; nothing of yours is lost."
        error.extensions = _extensions("FAULT", HTTPStatus.INTERNAL_SERVER_ERROR, "The server's log says more.")


def _extensions(code: str, status: int, hint: str = "") -> dict[str, Any]:
    return {"code": code, "status": int(status), **({"hint": hint} if hint else {})}
