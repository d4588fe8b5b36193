"""Sends a script to a scenario over a real socket, one request after the other, and to nowhere else."""

import re
import socket
import threading
from email.utils import parsedate_to_datetime

import msgspec

from backroad.drills.http_server.clock import Clock, SimulatedClock
from backroad.drills.http_server.exchange import Exchange, Reply, Request
from backroad.drills.http_server.placeholders import LONGEST, Filler, Unfilled
from backroad.drills.http_server.scenario import Scenario
from backroad.drills.http_server.script import Script, Step
from backroad.drills.http_server.server import DrillServer
from backroad.drills.http_server.wire import (
    CLOSE,
    LONGEST_BODY,
    LONGEST_HEAD,
    TEXT,
    Malformed,
    Stream,
    frame_bytes,
    read_frame,
    read_reply,
    request_bytes,
)

SECONDS = 20.0
"""That the server of one script lives; nothing in it waits, so that it takes milliseconds."""
LONGEST_WAIT = 3.0
_BODIED = ("POST", "PUT", "PATCH")
_AT_ONCE = threading.BoundedSemaphore(4)


class Sent(msgspec.Struct, frozen=True):
    """`stopped` says why the rest was not sent; `fault`, what broke in our own server."""

    exchanges: tuple[Exchange, ...]
    stopped: str = ""
    fault: str = ""


def send(script: Script, kind: type[Scenario], seed: str) -> Sent:
    clock = SimulatedClock()
    with _AT_ONCE, DrillServer(kind(seed, clock), clock, seconds=SECONDS) as server:
        stopped = _send_all(script, server, clock)
        return Sent(server.exchanges, stopped, server.fault)


def _send_all(script: Script, server: DrillServer, clock: Clock) -> str:
    answers: dict[str, Reply] = {}
    for number, step in enumerate(script.steps, 1):
        try:
            filler = Filler(answers, script.values)
            clock.wait(_seconds(filler.fill(step.wait), clock))
            request = _filled(step, filler, server.port)
            reply = _exchange(request, _messages(step, request, filler), server.port)
        except Unfilled as why:
            return f"Request {number} (line {step.line}) was not sent: {why}"
        except (OSError, Malformed) as error:
            return f"Request {number} (line {step.line}) broke off: {error}."
        if reply is not None and step.name:
            answers[step.name] = reply
    return ""


def _seconds(text: str, clock: Clock) -> float:
    """Of a number or a date, as `Retry-After` has them."""
    if not text:
        return 0.0
    if re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text):
        seconds = float(text)
    else:
        try:
            seconds = (parsedate_to_datetime(text) - clock.date()).total_seconds()
        except (ValueError, TypeError, OverflowError):
            raise Unfilled(f"{text[:40]!r} is no time to wait.")
    if seconds > LONGEST_WAIT:
        raise Unfilled(f"it would wait {seconds:g} s; at most {LONGEST_WAIT:g} s are waited.")
    return max(0.0, seconds)


def _filled(step: Step, filler: Filler, port: int) -> Request:
    target = filler.fill(step.target)
    headers = [(name, filler.fill(value)) for name, value in step.headers]
    names = {name.lower(): value.lower() for name, value in headers}
    body = b"" if "upgrade" in names else filler.fill(step.body).encode()
    if names.get("content-type", "").startswith("multipart/"):
        body = body.replace(b"\n", b"\r\n")
    if not re.fullmatch(r"/(?!/)[!-~]*", target):
        raise Unfilled(f"{target[:60]!r} is no path: it begins with one `/`, without spaces or letters beyond ASCII.")
    if any(re.search(r"[\0-\x08\x0a-\x1f\x7f]", value) for _, value in headers):
        raise Unfilled("the value of a header holds a line break or another control character.")
    if "host" not in names:
        headers.insert(0, ("Host", f"127.0.0.1:{port}"))
    if body or step.method in _BODIED:
        headers.append(("Content-Length", str(len(body))))
    request = Request(step.method, target, tuple(headers), body)
    if len(body) > LONGEST_BODY or len(request_bytes(request)) - len(body) > LONGEST_HEAD:
        raise Unfilled("it is longer than 64 KiB, or its headers than 16 KiB.")
    return request


def _messages(step: Step, request: Request, filler: Filler) -> list[str]:
    if not request.header("Upgrade") or not step.body:
        return []
    return [part.strip("\n") for part in re.split(r"(?m)^===$", filler.fill(step.body))]


def _exchange(request: Request, messages: list[str], port: int) -> Reply | None:
    with socket.create_connection(("127.0.0.1", port), timeout=SECONDS) as connection:
        stream = Stream(connection)
        stream.send(request_bytes(request))
        reply = read_reply(stream, request.method)
        if reply is None or reply.status != 101:
            return reply
        for message in messages:
            stream.send(frame_bytes(TEXT, message.encode(), masked=True))
        stream.send(frame_bytes(CLOSE, (1000).to_bytes(2, "big"), masked=True))
        return msgspec.structs.replace(reply, body=_heard(stream))


def _heard(stream: Stream) -> bytes:
    """The messages until the server closes too."""
    heard: list[bytes] = []
    while sum(map(len, heard)) < LONGEST:
        opcode, payload = read_frame(stream, masked=False)
        if opcode == CLOSE:
            break
        heard.append(payload)
    return b"\n".join(heard)
