"""What every request passes on its way in and out: broken heads, origins, and errors turned into answers."""

import logging

from asgi import Answer, Handler, Problem, Request
from database import Taken, Unavailable
from rules import Invalid
from store import Reused, Stale, Stranger, Unknown

ORIGIN = "https://app.example.com"  # the one site whose pages may call us
METHODS = "GET, HEAD, POST, PATCH, DELETE"
HEADERS = "Authorization, Content-Type, Idempotency-Key, If-Match, If-None-Match, X-Request-Id"
EXPOSED = "ETag, Location, Link, Retry-After, X-Request-Id, Deprecation, Sunset"

log = logging.getLogger(__name__)


def guarded(handler: Handler) -> Handler:
    """The handler, which now always answers, and says who may read the answer."""

    async def answer(request: Request) -> Answer:
        try:
            refuse_broken_heads(request)
            found = preflight(request) or await handler(request)
        except Exception as error:
            found = refusal(error, request).answer
        found.headers = {**found.headers, "Vary": "Origin"}
        if request.headers.get("origin") == ORIGIN:
            found.headers |= {"Access-Control-Allow-Origin": ORIGIN, "Access-Control-Expose-Headers": EXPOSED}
        return found

    return answer


def refuse_broken_heads(request: Request) -> None:
    """What the server in front lets through. Two who disagree where a request ends see different requests."""
    if request.hosts > 1:
        raise Problem(400, "A request names one host.", {"Connection": "close"})
    if "transfer-encoding" in request.headers and "content-length" in request.headers:
        raise Problem(400, "A body has one length.", {"Connection": "close"})


def preflight(request: Request) -> Answer | None:
    """The question that a browser asks before a page of another origin may send what forms cannot."""
    if request.method != "OPTIONS" or "access-control-request-method" not in request.headers:
        return None
    allowed = {"Access-Control-Allow-Methods": METHODS, "Access-Control-Allow-Headers": HEADERS}
    mine = request.headers.get("origin") == ORIGIN
    return Answer(204, None, {**allowed, "Access-Control-Max-Age": "600"} if mine else {})


def refusal(error: Exception, request: Request) -> Problem:
    match error:
        case Problem():
            return error
        case Invalid():
            errors = [{"field": field, "message": message} for field, message in error.errors.items()]
            return Problem(422, "Some of it breaks a rule.", errors=errors)
        case Stranger():
            return Problem(401, "Send your token as a bearer token.", {"WWW-Authenticate": "Bearer"})
        case Unknown():
            return Problem(404, "There is no such thing of yours.")
        case Taken():
            return Problem(409, "That name is taken.")
        case Stale():
            return Problem(412, "It has changed since you read it.")
        case Reused():
            return Problem(422, "This idempotency key came with another request.", errors=[REUSED])
        case Unavailable():
            log.error("The database does not answer.", extra={"more": {"request_id": request.id}})
            return Problem(503, "Please try again in a moment.", {"Retry-After": "1"})
    log.error("Unexpected.", exc_info=error, extra={"more": {"request_id": request.id}})
    return Problem(500, "Something went wrong here.")


REUSED = {"field": "Idempotency-Key", "message": "came with another request before"}
