"""Webhooks to the target: signed, and on demand late, doubled, out of order, replayed, forged or altered."""

import asyncio
import hashlib
import hmac
import secrets
import time
from typing import Any
from urllib.parse import urlsplit

import msgspec

from backroad.verifier.config import LOOPBACK_ONLY, is_loopback
from backroad.verifier.connection import Connection, NoReply
from backroad.verifier.errors import VerifierError

TIMEOUT = 5.0
MAX_ANSWER = 64 << 10
MAX_EVENTS = 10_000
DELAY = 0.05


class Delivery(msgspec.Struct, frozen=True):
    status: int | None  # None: no answer
    reason: str = ""  # why there was none


class Event(msgspec.Struct):
    id: str
    type: str
    body: bytes
    deliveries: list[Delivery] = []


class Webhooks:
    """`url` is where they go; without one, events are kept and not sent."""

    def __init__(self, url: str, secret: str) -> None:
        self.secret = secret
        self.events: list[Event] = []
        self.delay = DELAY  # seconds before those that are sent by themselves; 0: perhaps before the answer
        self.copies = 1  # 2 delivers each of them twice
        self.held = False  # keep them until flush()
        self._url = ""
        self._queue: list[Event] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.url = url

    @property
    def url(self) -> str:
        return self._url

    @url.setter
    def url(self, url: str) -> None:
        parts = urlsplit(url)
        if url and (parts.scheme != "http" or not is_loopback(parts.hostname or "")):
            raise VerifierError(f"Webhooks cannot go to {url}.", hint=LOOPBACK_ONLY)
        self._url = url

    async def close(self) -> None:
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def restore(self) -> None:
        self.delay, self.copies, self.held = DELAY, 1, False
        self._queue.clear()

    def event(self, type_: str, data: Any) -> Event:
        body = {"id": f"evt_{secrets.token_hex(8)}", "type": type_, "created": int(time.time()), "data": data}
        event = Event(body["id"], type_, msgspec.json.encode(body), [])
        if len(self.events) < MAX_EVENTS:
            self.events.append(event)
        return event

    def signature(self, body: bytes, *, at: float | None = None, secret: str | None = None) -> str:
        """The header's value; `at` in seconds since 1970, now by default."""
        moment = int(time.time() if at is None else at)
        key = (self.secret if secret is None else secret).encode()
        return f"t={moment},v1={hmac.new(key, b'%d.%b' % (moment, body), hashlib.sha256).hexdigest()}"

    async def send(self, type_: str, data: Any) -> Event:
        """A new event, delivered now."""
        event = self.event(type_, data)
        await self.deliver(event)
        return event

    def send_later(self, type_: str, data: Any) -> None:
        """A new event, delivered as `delay`, `copies` and `held` say, while the caller goes on."""
        event = self.event(type_, data)
        if self.held:
            self._queue.append(event)
        elif self._url:
            task = asyncio.get_running_loop().create_task(self._deliver_later(event))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _deliver_later(self, event: Event) -> None:
        await asyncio.sleep(self.delay)
        for _ in range(self.copies):
            await self.deliver(event)

    async def flush(self, *, reverse: bool = False) -> list[Event]:
        """Deliver those that are held, one after another, in order or in reverse."""
        events, self._queue = self._queue[:: -1 if reverse else 1], []
        for event in events:
            await self.deliver(event)
        return events

    async def settled(self, *, within: float) -> bool:
        """Wait until nothing is under way; False if that takes longer."""
        if self._tasks:
            await asyncio.wait(list(self._tasks), timeout=within)
        return not self._tasks

    async def replay(self, event: Event, *, age: float = 0.0) -> Delivery:
        """The same event again, signed anew as if `age` seconds ago."""
        return await self.deliver(event, signature=self.signature(event.body, at=time.time() - age))

    async def forge(self, event: Event, *, how: str = "secret") -> Delivery:
        """A delivery that must be refused: signed with another `secret`, `unsigned`, or with an `altered` body."""
        if how == "altered":
            more = event.body.replace(b'"amount":', b'"amount":9')  # another digit in front
            body = more if more != event.body else event.body[:-1] + b',"altered":true}'
            return await self.deliver(event, signature=self.signature(event.body), body=body)
        if how == "unsigned":
            return await self.deliver(event, signature="")
        return await self.deliver(event, signature=self.signature(event.body, secret="whsec_" + secrets.token_hex(16)))

    async def deliver(self, event: Event, *, signature: str | None = None, body: bytes | None = None) -> Delivery:
        """POST it once, and note what the target answered."""
        data = event.body if body is None else body
        delivery = await self._post(data, self.signature(data) if signature is None else signature)
        event.deliveries.append(delivery)
        return delivery

    async def _post(self, body: bytes, signature: str) -> Delivery:
        if not self._url:
            return Delivery(None, "no URL was given for webhooks")
        parts = urlsplit(self._url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        lines = [f"POST {path} HTTP/1.1", f"Host: {parts.netloc}", "Content-Type: application/json"]
        lines += [f"Content-Length: {len(body)}", "Connection: close"]
        lines += [f"Payment-Signature: {signature}"] if signature else []
        head = "\r\n".join([*lines, "", ""]).encode()
        host = "127.0.0.1" if (parts.hostname or "") == "localhost" else parts.hostname or ""
        try:
            connection = await Connection.open((host, parts.port or 80), 0, TIMEOUT)
        except NoReply as lost:
            return Delivery(None, lost.reason)
        try:
            reply = await connection.roundtrip(
                head, body, head_only=False, timeout=TIMEOUT, shown=TIMEOUT, max_body=MAX_ANSWER
            )
            return Delivery(reply.status)
        except NoReply as lost:
            return Delivery(None, lost.reason)
        finally:
            connection.close()
