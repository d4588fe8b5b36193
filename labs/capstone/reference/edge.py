"""The way out: whatever a handler raises becomes an answer, and a 5xx gets the reason that the log needs."""

from asgi import Answer, Handler, Problem, Request
from database import Unavailable
from rules import Invalid
from store import Expired, Stale, Stranger, Taken, Unknown
from watch import trail

RETRY = {"Retry-After": "2"}  # seconds


def guarded(handler: Handler) -> Handler:
    async def answer(request: Request) -> Answer:
        try:
            return await handler(request)
        except Exception as error:
            return refusal(error)

    return answer


def refusal(error: Exception) -> Answer:
    match error:
        case Problem():
            return error.answer
        case Invalid():
            errors = [{"field": field, "message": message} for field, message in error.errors.items()]
            return Problem(422, "Some of it breaks a rule.", errors=errors).answer
        case Stranger():
            return Problem(401, "Send your key as a bearer token.", {"WWW-Authenticate": "Bearer"}).answer
        case Unknown():
            return Problem(404, "There is no such link.").answer
        case Expired():
            return Problem(410, "This link has expired.").answer
        case Taken():
            return Problem(409, "This alias is taken.").answer
        case Stale():
            return Problem(412, "The link has changed since you read it.").answer
        case Unavailable():
            return failure(503, "Please try again in a moment.", str(error))
    return failure(500, "Something went wrong here.", trail(error))


def failure(status: int, title: str, reason: str) -> Answer:
    answer = Problem(status, title, RETRY if status == 503 else {}).answer
    answer.reason = reason
    return answer
