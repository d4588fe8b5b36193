"""A scenario on a real socket of this machine: bounded in requests, bytes, connections and time; it ends by itself."""

import socket
import threading
import time
from contextlib import suppress
from typing import Self

import msgspec

from backroad.drills.http_server.clock import Clock
from backroad.drills.http_server.exchange import Exchange, Frame, Reply, Request, problem
from backroad.drills.http_server.scenario import Scenario
from backroad.drills.http_server.wire import (
    CLOSE,
    PING,
    PONG,
    TEXT,
    Malformed,
    Stream,
    frame_bytes,
    read_frame,
    read_request,
    reply_bytes,
)

MOST_REQUESTS = 200
MOST_MESSAGES = 200
MOST_CONNECTIONS = 16
IDLE = 10.0
"""Seconds that a connection may stay silent."""


class DrillServer:
    """Use it as a context. `fault` says what broke in a scenario of ours; `spent`, that no further request is taken."""

    def __init__(self, scenario: Scenario, clock: Clock, *, seconds: float) -> None:
        self.scenario = scenario
        self.clock = clock
        self.fault = ""
        self._ends = time.monotonic() + seconds
        self._seen: list[Exchange] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=MOST_CONNECTIONS)
        self._listening.settimeout(0.1)
        self.port: int = self._listening.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="drill-server", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ends = 0.0
        with self._lock:
            held = [self._listening, *self._open]
        for one in held:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        self._listening.close()

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        with self._lock:
            return tuple(self._seen)

    @property
    def spent(self) -> bool:
        return time.monotonic() > self._ends or len(self._seen) >= MOST_REQUESTS

    def _listen(self) -> None:
        while not self.spent:
            if len(self._open) >= MOST_CONNECTIONS:
                time.sleep(0.01)
                continue
            try:
                connection, _ = self._listening.accept()
            except TimeoutError:
                continue
            except OSError:
                break
            connection.settimeout(IDLE)
            with self._lock:
                self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), name="drill-connection", daemon=True).start()
        self._listening.close()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with connection, suppress(OSError):
                stream = Stream(connection)
                while not self.spent and self._one(stream):
                    pass
        finally:
            with self._lock:
                self._open.discard(connection)

    def _one(self, stream: Stream) -> bool:
        """Serves one request; whether the connection stays open."""
        try:
            request = read_request(stream)
        except Malformed as malformed:
            refused = problem(malformed.status, str(malformed), Connection="close")
            self._record(Request("?", "?"), refused)
            stream.send(reply_bytes(refused, "", self.scenario.date()))
            return False
        if request is None:
            return False
        number, reply = self._answered(request)
        if reply.lost:
            return False
        stream.send(reply_bytes(reply, request.method, self.scenario.date()))
        if reply.status == 101:
            self._converse(stream, number)
        return reply.status != 101 and request.header("Connection").lower() != "close"

    def _answered(self, request: Request) -> tuple[int, Reply]:
        with self._lock:
            try:
                reply = self.scenario.answer(request)
            except Exception as error:
                self.fault = f"{type(error).__name__} in the scenario {self.scenario.name}: {error}"[:300]
                reply = problem(500, "The drill's server has a fault.")
            self._seen.append(Exchange(request, reply, self.clock.now()))
            return len(self._seen) - 1, reply

    def _record(self, request: Request, reply: Reply) -> None:
        with self._lock:
            self._seen.append(Exchange(request, reply, self.clock.now()))

    def _converse(self, stream: Stream, number: int) -> None:
        """Answers messages until the client closes, as RFC 6455 has it."""
        for _ in range(MOST_MESSAGES):
            try:
                opcode, payload = read_frame(stream, masked=True)
                if opcode == PING:
                    stream.send(frame_bytes(PONG, payload, masked=False))
                elif opcode == CLOSE:
                    stream.send(frame_bytes(CLOSE, payload[:2], masked=False))
                    return
                elif opcode == TEXT:
                    for text in self._told(number, payload.decode()):
                        stream.send(frame_bytes(TEXT, text.encode(), masked=False))
                elif opcode != PONG:
                    raise Malformed("Only text is taken here.", 1003)
            except (Malformed, UnicodeDecodeError) as error:
                code = error.status if isinstance(error, Malformed) else 1007
                stream.send(frame_bytes(CLOSE, code.to_bytes(2, "big") + str(error).encode()[:100], masked=False))
                return

    def _told(self, number: int, text: str) -> list[str]:
        with self._lock:
            answers = self.scenario.message(text)
            seen = self._seen[number]
            new = (Frame(True, text), *(Frame(False, answer) for answer in answers))
            self._seen[number] = msgspec.structs.replace(seen, frames=(*seen.frames, *new))
            return answers
