"""Exchanges as a text: `>` is what the client sent, `<` what came back."""

from collections.abc import Iterator, Sequence

from backroad.drills.http_server.exchange import Exchange, Fields
from backroad.drills.http_server.wire import reason

LONGEST_BODY = 600
MOST_LINES = 10
LONGEST = 12_000
_QUIET = frozenset(("host", "user-agent", "accept-encoding", "content-length", "connection", "date", "cache-control"))


def transcript(exchanges: Sequence[Exchange], stopped: str = "") -> str:
    parts = ["\n".join(_lines(one)) for one in exchanges]
    if stopped:
        parts.append(f"! {stopped}")
    text = "\n\n".join(parts)
    return text if len(text) <= LONGEST else text[:LONGEST] + "\n…"


def _lines(one: Exchange) -> Iterator[str]:
    request, reply = one.request, one.reply
    at = f"   (after {one.at:.1f} s)" if one.at >= 0.05 else ""
    yield f"> {request.method} {_short(request.target)}{at}"
    yield from _headers(">", request.headers)
    yield from _body(">", request.body)
    if reply.lost:
        yield "< (the connection was closed without an answer)"
        return
    yield f"< {reply.status} {reason(reply.status)}".rstrip()
    bare = request.method == "HEAD"
    yield from _headers("<", reply.headers)
    if bare:
        yield f"< Content-Length: {len(reply.body)}"
    else:
        yield from _body("<", reply.body)
    for frame in one.frames:
        yield f"{'>' if frame.from_client else '<'} message: {_short(frame.text)}"


def _headers(mark: str, fields: Fields) -> Iterator[str]:
    for name, value in fields[:30]:
        if name.lower() not in _QUIET:
            yield f"{mark} {name}: {_short(value)}"


def _body(mark: str, body: bytes) -> Iterator[str]:
    if not body:
        return
    yield mark
    text = body.decode("utf-8", "replace")
    if not text.replace("\r\n", "\n").replace("\n", "").replace("\t", "").isprintable():
        yield f"{mark} ({len(body)} bytes)"
        return
    lines = text[:LONGEST_BODY].splitlines()
    for line in lines[:MOST_LINES]:
        yield f"{mark} {line}".rstrip()
    if len(text) > LONGEST_BODY or len(lines) > MOST_LINES:
        yield f"{mark} … {len(body)} bytes in all"


def _short(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else "·" for letter in text)
    return plain if len(plain) <= 300 else plain[:299] + "…"
