"""ETags (RFC 9110, sections 8.8.3 and 13): an answer that has not changed is not sent again, and nothing is overwritten
that its writer has not seen.

A tag is a hash of the very bytes of the JSON document, so it is a strong one; a proxy that packs the body may make it
weak (`W/"…"`), which is enough for reading and not enough for writing.
"""

import base64
import hashlib
import re
from typing import Annotated

import msgspec
from litestar.datastructures import MutableScopeHeaders
from litestar.enums import ScopeType
from litestar.params import HeaderParameter
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from backroad.kit.errors import Problem

IfMatch = Annotated[
    str | None, HeaderParameter(name="If-Match", description="Change it only if its ETag is still this one, or `*`.")
]
_TAG = re.compile(r'(W/)?("[\x21\x23-\x7e\x80-\xff]*")')


def tag(body: bytes) -> str:
    """Twenty-two letters and digits in quotation marks."""
    return f'"{base64.urlsafe_b64encode(hashlib.sha256(body).digest()[:16]).decode().rstrip("=")}"'


def tag_of(answer: msgspec.Struct) -> str:
    """The tag that a GET answers this with: both write the same JSON."""
    return tag(msgspec.json.encode(answer))


def refuse_stale(if_match: str | None, now: msgspec.Struct | None) -> None:
    """Before a change, in its transaction: `now` is what a GET would answer, None where there is nothing.

    Raises a Problem of the status 412 unless `If-Match` names it.
    """
    if if_match is None or (now is not None and (if_match.strip() == "*" or tag_of(now) in _strong(if_match))):
        return
    raise Problem(
        "It has changed since you read it, so nothing was changed.",
        "Read it again, look at what is different, and send the new ETag as If-Match.",
        status=412,
    )


def _strong(header: str) -> set[str]:
    return {found for weak, found in _TAG.findall(header) if not weak}


def _is_known(header: str | None, current: str) -> bool:
    """Whether If-None-Match names the tag; weak ones count here."""
    return header is not None and (header.strip() == "*" or any(found == current for _, found in _TAG.findall(header)))


class ETags:
    """Middleware: gives each successful GET its tag, and answers 304 where the client has that already.

    An answer that comes in pieces is sent as it is: it has no bytes to judge before they leave.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP or scope["method"] != "GET":
            await self.app(scope, receive, send)
            return
        known = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"if-none-match"), None)
        await self.app(scope, receive, _tagging(send, known))


def _tagging(send: Send, known: str | None) -> Send:
    held: list[HTTPResponseStartEvent] = []

    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start" and message["status"] == 200:
            held.append(message)
            return
        if message["type"] == "http.response.body" and held:
            start = held.pop()
            if message.get("more_body"):
                await send(start)
            else:
                message["body"] = await _begin(send, start, message["body"], known)
        await send(message)

    return wrapped


async def _begin(send: Send, start: HTTPResponseStartEvent, body: bytes, known: str | None) -> bytes:
    """Send the head of the answer; what is left of the body."""
    headers = MutableScopeHeaders(start)
    current = headers.get("etag") or tag(body)
    headers["etag"] = current
    if "cache-control" not in headers:
        headers["cache-control"] = "private, no-cache"
    if not _is_known(known, current):
        await send(start)
        return body
    kept = [(name, value) for name, value in start["headers"] if name not in (b"content-type", b"content-length")]
    await send({"type": "http.response.start", "status": 304, "headers": kept})
    return b""
