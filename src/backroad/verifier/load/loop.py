"""What both kinds of load share: the lanes, their repair, time-outs, bounds, and an end that always comes."""

import asyncio
import contextlib
import socket
import time
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from backroad.verifier.config import LOOPBACK_ONLY, is_loopback, loopback_addresses
from backroad.verifier.errors import VerifierError
from backroad.verifier.exchange import Headers
from backroad.verifier.load.lane import IDLE, Lane, Memo
from backroad.verifier.load.tally import Tally, note
from backroad.verifier.wording import excerpt, seconds

MAX_SECONDS = 300
MAX_CONNECTIONS = 512
MAX_REQUESTS = 5_000_000
MAX_TIMEOUT = 60
SWEEP = 0.05  # seconds between two looks at what waits too long
RETRY = 0.05  # seconds before another try to connect
CONNECT = 2.0  # seconds for a connection to be accepted

Check = Callable[[int, Headers, bytes], str | None]
"""Says what is wrong with an answer, in a few words; None if nothing is. It runs in the path of every request."""
Requests = bytes | Sequence[bytes] | Callable[[int], bytes]
"""Whole requests as they go over the wire: always the same, several in turn, or made from the number of the request."""


class Load:
    """Base of the open and the closed loop, which decide what a free lane does."""

    def __init__(
        self, requests: Requests, *, connections: int, check: Check | None, timeout: float, max_body: int
    ) -> None:
        self.check = check
        self.max_body = max_body
        self.memos: dict[int, Memo] = {}
        self.not_connected: dict[str, int] = {}
        self.reconnected = 0
        self.tally: Tally  # both made when the load starts
        self.stop_at: float
        self._make = maker(requests)
        self._made = 0
        self._connections = connections
        self._timeout = timeout
        self._again: deque[tuple[bytes, float]] = deque()  # to be sent once more, each with the time it was due
        self._lanes: set[Lane] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self._finished = asyncio.Event()
        self._begun = self._stopping = False
        self._fault: BaseException | None = None
        self._address = ("", 0)

    async def run(self, host: str, port: int) -> None:
        """Until all that is to be sent has been answered or given up. Raises what a check or a request maker raises."""
        self._address = await find(host, port)
        try:
            await self._open_all()
            self._begun = True
            self.begin(time.perf_counter())
            for lane in [lane for lane in self._lanes if lane.usable]:
                self.ready(lane, time.perf_counter())
            async with asyncio.timeout_at(asyncio.get_running_loop().time() + self.stop_at - time.perf_counter()):
                while not self._finished.is_set():
                    await self._sweep()
        except TimeoutError:
            pass
        finally:
            self._stopping = True
            for task in self._opening:
                task.cancel()
            self.stopped()
            self._close_all()
            await asyncio.gather(*self._opening, return_exceptions=True)
            self._close_all()  # what was just being opened
        if self._fault is not None:
            raise self._fault

    def _close_all(self) -> None:
        for lane in self._lanes:
            if lane.state != IDLE:
                self.tally.lost(lane.at, f"did not answer within {seconds(self._timeout)}")
            lane.close()
        self._lanes.clear()
        while self._again:
            self.tally.lost(self._again.popleft()[1], "closed the connection before answering")

    def begin(self, now: float) -> None:
        """Set `tally` and `stop_at`."""
        raise NotImplementedError

    def ready(self, lane: Lane, now: float) -> None:
        """The lane can take a request."""
        raise NotImplementedError

    def swept(self, now: float) -> None:
        """Called every 50 ms."""

    def stopped(self) -> None:
        """Free what begin() took."""

    def finish(self) -> None:
        self._finished.set()

    @property
    def busy(self) -> bool:
        return bool(self._again) or any(lane.state != IDLE for lane in self._lanes)

    def send(self, lane: Lane, at: float, now: float) -> None:
        """The next request, due at `at`."""
        try:
            data = self._make(self._made)
        except Exception as error:
            self._fail(error)
            return
        self._made += 1
        lane.repeated = False
        lane.send(data, at, now + self._timeout)

    def _send_again(self, lane: Lane, now: float) -> bool:
        """What a closing connection swallowed goes out on a new one, that is not about to close."""
        if not self._again:
            return False
        data, at = self._again.popleft()
        lane.repeated = True
        lane.send(data, at, now + self._timeout)
        return True

    def opened(self, lane: Lane) -> None:
        self._lanes.add(lane)

    def answered(self, lane: Lane, now: float, status: int, seen: tuple[Headers, bytes] | None) -> None:
        self.tally.answered(lane.at, now, status)
        if seen is not None:
            self._look(lane, status, *seen)
        if lane.usable:
            self.ready(lane, now)
        else:
            self._replace(lane)

    def _look(self, lane: Lane, status: int, headers: Headers, body: bytes) -> None:
        assert self.check is not None
        try:
            reason = self.check(status, headers, body)
        except Exception as error:
            self._fail(error)
            return
        if reason:
            self.tally.is_wrong(lane.at, excerpt(reason))

    def lost(self, lane: Lane, reason: str, *, repeatable: bool) -> None:
        if repeatable:
            self.reconnected += 1
            self._again.append((lane.data, lane.at))
        else:
            self.tally.lost(lane.at, reason)
        self._replace(lane)

    def gone(self, lane: Lane) -> None:
        self._replace(lane)

    def _fail(self, error: BaseException) -> None:
        self._fault = self._fault or error
        self._finished.set()

    async def _sweep(self) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SWEEP):
                await self._finished.wait()
        now = time.perf_counter()
        for lane in [lane for lane in self._lanes if lane.state != IDLE and lane.deadline < now]:
            what = "answer" if lane.quiet else "finish its answer"
            lane.give_up(f"did not {what} within {seconds(self._timeout)}")
        self.swept(now)

    def _replace(self, lane: Lane) -> None:
        lane.close()
        self._lanes.discard(lane)
        if not self._stopping:
            self._start(self._reopen(pause=not lane.used))  # a target that hangs up at once is not asked in a loop

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._opening.add(task)
        task.add_done_callback(self._opening.discard)

    async def _open_all(self) -> None:
        """As many as the target accepts; the others are tried again while the load runs."""
        failed = 0
        for one in await asyncio.gather(*(self._connect() for _ in range(self._connections))):
            failed += not one
        for _ in range(failed):
            self._start(self._reopen(pause=True))

    async def _reopen(self, *, pause: bool) -> None:
        lane = None
        while lane is None:
            if pause:
                await asyncio.sleep(RETRY)
            lane, pause = await self._connect(), True
        if self._begun and lane.usable:
            now = time.perf_counter()
            if not self._send_again(lane, now):
                self.ready(lane, now)

    async def _connect(self) -> Lane | None:
        try:
            async with asyncio.timeout(CONNECT):
                return await connect(self, self._address)
        except TimeoutError:
            note(self.not_connected, f"did not accept a connection within {seconds(CONNECT)}")
        except ConnectionRefusedError:
            note(self.not_connected, "refused the connection")
        except OSError as error:
            note(self.not_connected, f"could not be connected to ({error.strerror or error})")
        return None


def maker(requests: Requests) -> Callable[[int], bytes]:
    if isinstance(requests, bytes):
        return lambda number: requests
    if callable(requests):
        return requests
    several = tuple(requests)
    if not several:
        raise VerifierError("A load needs at least one request.")
    return lambda number: several[number % len(several)]


def check_bounds(total: float, *, span: float, connections: int, timeout: float) -> None:
    """`span`: warm-up and measurement, in seconds; `total`: requests in that time."""
    if not 0 < span <= MAX_SECONDS:
        raise VerifierError(f"A load of {span:g} s is out of bounds.", hint=f"At most {MAX_SECONDS} s.")
    if not 1 <= connections <= MAX_CONNECTIONS:
        raise VerifierError(f"{connections} connections are out of bounds.", hint=f"1 to {MAX_CONNECTIONS}.")
    if not 0 < timeout <= MAX_TIMEOUT:
        raise VerifierError(f"A time-out of {timeout:g} s is out of bounds.", hint=f"At most {MAX_TIMEOUT} s.")
    if total > MAX_REQUESTS:
        raise VerifierError(f"{total:.0f} requests are out of bounds.", hint=f"At most {MAX_REQUESTS} in one load.")


async def find(host: str, port: int) -> tuple[str, int]:
    """The address behind the name at which something listens; refuses one that is not on this machine."""
    if not is_loopback(host):
        raise VerifierError(f"{host} is not on this machine.", hint=LOOPBACK_ONLY)
    addresses = loopback_addresses(host, port)
    for address in addresses[:-1]:
        with contextlib.suppress(OSError):
            _, writer = await asyncio.wait_for(asyncio.open_connection(*address), CONNECT)
            writer.close()
            return address
    return addresses[-1]


async def connect(owner: Load, address: tuple[str, int]) -> Lane:
    loop = asyncio.get_running_loop()
    sock = socket.socket(socket.AF_INET6 if ":" in address[0] else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await loop.sock_connect(sock, address)
        _, lane = await loop.create_connection(lambda: Lane(owner, sock), sock=sock)
    except BaseException:
        sock.close()
        raise
    return lane
