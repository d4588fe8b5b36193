"""What all HTTP stand-ins share: recording, counting, and going wrong."""

import asyncio
import math
import random
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, ClassVar

from backroad.verifier.dependencies.conditions import Fault
from backroad.verifier.dependencies.watching import Seen, Watch
from backroad.verifier.standins.call import Call, Reply, reply_json
from backroad.verifier.standins.http_server import Connection, HttpServer
from backroad.verifier.standins.trouble import WRONGS, Active, Trouble, Wrong

KEPT_CALLS = 1000
PAGE = b"<!doctype html><title>502 Bad Gateway</title><h1>502 Bad Gateway</h1>\n"


class Standin(ABC):
    """Open it with `async with`. Troubles act at once and last until restore(), or for one `async with` block.

    All of them take `path`, a regular expression; those that concern single calls take `times`, after which the
    stand-in is well again, and `skip`, how many calls go well before.
    """

    name: ClassVar[str]

    def __init__(self, *, seed: str = "") -> None:
        self.seed = seed
        self.random = random.Random(f"{seed}:standin:{self.name}")
        self.calls: deque[Call] = deque(maxlen=KEPT_CALLS)  # the latest
        self.abandoned = 0  # calls whose client left before the answer was complete
        self._watch: Watch[Call] = Watch()
        self._active: list[Active] = []
        self._server = HttpServer(self._serve)
        self._called = asyncio.Event()

    async def open(self) -> "Standin":
        self._server.listener.open()
        return self

    async def close(self) -> None:
        await self._server.close()

    async def __aenter__(self) -> Any:
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def port(self) -> int:
        return self._server.listener.port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @abstractmethod
    def environment(self) -> Mapping[str, str]:
        """What a target is told."""

    @abstractmethod
    async def answer(self, call: Call) -> Reply:
        """What it does when nothing is wrong."""

    @property
    def count(self) -> int:
        """Calls that ever came, also those that were refused or never answered."""
        return self._watch.total

    @asynccontextmanager
    async def counting(self) -> AsyncIterator[Seen[Call]]:
        with self._watch.counting() as seen:
            yield seen

    async def until(self, count: int, *, within: float) -> bool:
        """Wait until so many calls have come; False if they do not come within so many seconds."""
        deadline = time.perf_counter() + within
        while self.count < count:
            self._called.clear()
            try:
                async with asyncio.timeout(max(0.0, deadline - time.perf_counter())):
                    await self._called.wait()
            except TimeoutError:
                return self.count >= count
        return True

    def slow(self, seconds: float, *, jitter: float = 0.0, path: str = "") -> Fault:
        """It does its work at once, and answers so much later."""
        return self._trouble(Trouble(latency=seconds, jitter=jitter), path=path)

    def trickle(self, bytes_per_second: int, *, path: str = "") -> Fault:
        return self._trouble(Trouble(trickle=bytes_per_second), path=path)

    def wrong(
        self, how: Wrong = "error", *, status: int = 500, times: int | None = None, skip: int = 0, path: str = ""
    ) -> Fault:
        """`error` answers the status and does nothing. The others do the work: `lost` closes without an answer,
        `truncated` closes in the middle, `garbage`, `html`, `shape` (JSON of another shape) and `empty` answer 200,
        `silent` never answers."""
        if how not in WRONGS:
            raise ValueError(f"wrong() knows {', '.join(WRONGS)}, not {how!r}")
        return self._trouble(Trouble(wrong=how, status=status), times=times, skip=skip, path=path)

    def limit(self, *, retry_after: float = 1, times: int | None = None, skip: int = 0, path: str = "") -> Fault:
        """Answer 429 with Retry-After, and do nothing."""
        return self._trouble(Trouble(retry_after=retry_after), times=times, skip=skip, path=path)

    def down(self) -> Fault:
        """Open connections are reset, new ones refused."""
        self._server.listener.refuse()
        self._server.cut()
        return Fault(lambda _: self._server.listener.accept(), {})

    def restore(self) -> None:
        """End all troubles."""
        for active in list(self._active):
            self._end(active)
        self._server.listener.accept()

    def _trouble(self, trouble: Trouble, *, path: str, skip: int = 0, times: int | None = None) -> Fault:
        active = Active(trouble, path=path, skip=skip, times=times)
        self._active.append(active)
        return Fault(lambda _: self._end(active), {})

    def _end(self, active: Active) -> None:
        active.over.set()
        if active in self._active:
            self._active.remove(active)

    async def _serve(self, call: Call, connection: Connection) -> None:
        recorded = call.recorded()
        self.calls.append(recorded)
        self._watch.note(recorded)
        self._called.set()
        met = [active for active in list(self._active) if active.meets(call)]
        troubles = [active.trouble for active in met]
        wrong = next((active for active in met if active.trouble.wrong is not None), None)
        limits = [trouble.retry_after for trouble in troubles if trouble.retry_after is not None]
        trickle = min((trouble.trickle for trouble in troubles if trouble.trickle), default=0)
        if limits:
            reply = self.limited(limits[0])
        elif wrong is not None and wrong.trouble.wrong == "error":
            reply = self.failed(wrong.trouble.status)
        else:
            reply = await self.answer(call)
        if delay := sum(trouble.latency + trouble.jitter * self.random.random() for trouble in troubles):
            await asyncio.sleep(delay)
        if wrong is not None and not limits:
            await self._send_wrong(reply, wrong, connection, trickle)
        else:
            await connection.send(reply, trickle=trickle)
        self.abandoned += connection.gone.is_set()

    async def _send_wrong(self, reply: Reply, wrong: Active, connection: Connection, trickle: int) -> None:
        how = wrong.trouble.wrong
        if how == "lost":
            connection.reset()
        elif how == "truncated":
            await connection.send(reply, trickle=trickle, cut_after=len(reply.body) // 2)
        elif how == "silent":
            await _either(connection.gone, wrong.over)
            connection.reset()
        else:
            await connection.send(self._spoilt(reply, how), trickle=trickle)

    def _spoilt(self, reply: Reply, how: Wrong | None) -> Reply:
        match how:
            case "garbage":
                return Reply(body=self.random.randbytes(200), type=reply.type)
            case "html":
                return Reply(body=PAGE, type="text/html; charset=utf-8")
            case "shape":
                return reply_json([{"unexpected": True}])
            case "empty":
                return Reply(type=reply.type)
        return reply

    def failed(self, status: int) -> Reply:
        return reply_json(
            {"error": {"message": "made to fail by Backroad", "type": "server_error", "code": "failed"}}, status
        )

    def limited(self, retry_after: float) -> Reply:
        error = {"message": "too many requests", "type": "rate_limit_error", "code": "limited"}
        return reply_json({"error": error}, 429, (("Retry-After", str(math.ceil(retry_after))),))


async def _either(*events: asyncio.Event) -> None:
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
