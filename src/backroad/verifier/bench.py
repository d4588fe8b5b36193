"""What a check works with: clients, races, the target, words and randomness that follow from the seed."""

import hashlib
import random
import string
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.at_once import release_together
from backroad.verifier.client import DEFAULT_MAX_BODY, DEFAULT_TIMEOUT, Client, RawConnection
from backroad.verifier.config import is_loopback
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.exchange import HeaderInput, QueryInput, Request
from backroad.verifier.journal import Journal
from backroad.verifier.target import Target
from backroad.verifier.verdict import unclear
from backroad.verifier.wording import clean

if TYPE_CHECKING:
    from backroad.verifier.load import LoadResult
    from backroad.verifier.surroundings import Surroundings
    from backroad.verifier.websocket import WebSocket

BASE64 = string.ascii_letters + string.digits
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Bench:
    """A fresh one for every check. `nonce` keeps the words of two runs on one database apart."""

    def __init__(
        self, *, target: Target, check_id: str, seed: str, nonce: str = "",
        make_driver: Callable[["Bench"], Any] | None = None, on_line: Callable[[str], None] | None = None,
        surroundings: "Surroundings | None" = None,
    ) -> None:  # fmt: skip
        self.target = target
        self.check_id = check_id
        self.seed = seed
        self.random = random.Random(f"{seed}:{check_id}")
        self.journal = Journal(on_line)
        self._nonce = nonce
        self._words = 0
        self._surroundings = surroundings
        self._make_driver = make_driver
        self._driver: Any = None
        self._upgrades = 0
        self._others = 0
        self._open: list[Client | RawConnection | Target] = []
        self._sockets: list[WebSocket] = []
        self.plots: list[str] = []  # HTML figures of the loads, for the report

    @property
    def driver(self) -> Any:
        """The lab's Driver, made on first use."""
        if self._driver is None:
            if self._make_driver is None:
                raise AttributeError("this lab has no driver.py")
            self._driver = self._make_driver(self)
        return self._driver

    def client(
        self, headers: HeaderInput | None = None, *, timeout: float = DEFAULT_TIMEOUT,
        max_body: int = DEFAULT_MAX_BODY, target: Target | None = None,
    ) -> Client:  # fmt: skip
        """A recording client with connections of its own; `headers` go with every request."""
        client = Client(target or self.target, self.journal, headers or (), timeout=timeout, max_body=max_body)
        self._open.append(client)
        return client

    async def connect(self, *, timeout: float = DEFAULT_TIMEOUT, max_body: int = DEFAULT_MAX_BODY) -> RawConnection:
        """One open connection to write any bytes to, for checks below the level of requests."""
        connection = await RawConnection.open(self.target, self.journal, timeout=timeout, max_body=max_body)
        self._open.append(connection)
        return connection

    async def websocket(self, path: str, **options: Any) -> "WebSocket":
        """An open WebSocket, else Failed. `options` as for upgrade()."""
        connection = await self.upgrade(path, **options)
        connection.must_be_open()
        return connection

    async def upgrade(
        self, path: str, *, headers: HeaderInput | None = None, target: Target | None = None, **options: Any
    ) -> "WebSocket":
        """A WebSocket that was asked for: `answer` says what came, whatever it is. `headers` go with the upgrade.

        `options`: `timeout` in seconds; `receive_buffer`, the bytes that the kernel keeps for a slow reader.
        """
        from backroad.verifier.websocket import WebSocket

        self._upgrades += 1
        digest = hashlib.sha256(f"{self.seed}:{self.check_id}:upgrade {self._upgrades}".encode()).digest()
        key = f"k0{''.join(BASE64[byte % len(BASE64)] for byte in digest[:19])}A=="  # 16 bytes (RFC 6455, 4.1)
        connection = await WebSocket.upgrade(
            target or self.target, self.journal, path, headers=headers or (), key=key, **options
        )
        self._sockets.append(connection)
        return connection

    def request(
        self, method: str, path: str, *, headers: HeaderInput | None = None, json: Any = ...,
        body: bytes | str | None = None, query: QueryInput | None = None,
    ) -> Request:  # fmt: skip
        return Request(method=method, path=path, headers=headers or (), json=json, body=body, query=query)

    async def at_once(
        self,
        requests: Sequence[Request] | int,
        factory: Request | Callable[..., Request] | None = None,
        *,
        timeout: float = DEFAULT_TIMEOUT,
        max_body: int = DEFAULT_MAX_BODY,
    ) -> list[Answer | NoAnswer]:
        """Release requests together, each on its own open connection; answers in order of the requests.

        Either a list of requests, or a number and what makes them: a Request, or a function that may take the index.
        """
        batch = list_requests(requests, factory)
        return await release_together(batch, self.target, self.journal, timeout=timeout, max_body=max_body)

    def dependency(self, name: str) -> Any:
        """The proxy before `postgres`, `redis` or `rabbitmq`; where there is none, the check is not run."""
        return self._around.dependency(name)

    def standin(self, name: str) -> Any:
        """What the target calls: `weather`, `completions`, `payments`, `identity` or `mail`."""
        return self._around.standin(name)

    @property
    def _around(self) -> "Surroundings":
        if self._surroundings is None:
            raise Unavailable("There is nothing around this target.")
        return self._surroundings

    async def second_instance(self, *, env: Mapping[str, str] | None = None, own_data: bool = False) -> Target:
        """Another process of the same server on a port of its own, with the same data and surroundings.

        It ends with the check. `env` goes on top of what the first one was told. With `own_data` it shares the
        database and has an empty DATA_DIR, as on another machine.
        """
        twin = self.target.twin(env or {}, own_data=own_data)
        self._open.append(twin)
        await twin.start()
        return twin

    def at(self, target: Target) -> "Bench":
        """The bench of the same check for another target, with a driver of its own; it ends with this one."""
        self._others += 1
        other = Bench(
            target=target, check_id=f"{self.check_id}@{self._others}", seed=self.seed, nonce=self._nonce,
            make_driver=self._make_driver, surroundings=self._surroundings,
        )  # fmt: skip
        other.journal, other._open, other._sockets = self.journal, self._open, self._sockets
        return other

    def elsewhere(self) -> Target:
        """The same server as if on a new machine, not started: an empty database, an empty DATA_DIR, another port.

        It goes with the check. Not run where the lab's PostgreSQL could not be had.
        """
        twin = self.target.twin(self._around.empty_database(), own_data=True)
        self._open.append(twin)
        return twin

    async def load(
        self, requests: Request | Sequence[Request] | Callable[[int], Request], *, rate: float, seconds: float,
        headers: HeaderInput | None = None, **options: Any,
    ) -> "LoadResult":  # fmt: skip
        """Requests at a rate (a second) that does not depend on the answers; Poisson arrivals that follow the seed.

        `options` are those of `load.run_load`. The plot goes into the HTML report.
        """
        from backroad.verifier.load import Schedule, html_plot, prepare, run_load

        arrivals = Schedule(rate=rate, arrivals="poisson", seed=f"{self.seed}:{self.check_id}")
        made = prepare(requests, self._loadable().netloc, headers=headers or ())
        result = await run_load(*self.target.address, made, rate=arrivals, seconds=seconds, **options)
        self.plots.append(html_plot(result))
        return result

    async def full_load(
        self, requests: Request | Sequence[Request] | Callable[[int], Request], *, seconds: float,
        headers: HeaderInput | None = None, **options: Any,
    ) -> "LoadResult":  # fmt: skip
        """As many requests as the target answers, from `connections` at once; `options` are those of `closed_loop`."""
        from backroad.verifier.load import closed_loop, html_plot, prepare

        made = prepare(requests, self._loadable().netloc, headers=headers or ())
        result = await closed_loop(*self.target.address, made, seconds=seconds, **options)
        self.plots.append(html_plot(result))
        return result

    def _loadable(self) -> Target:
        """Load goes only to servers on this machine, and without TLS."""
        if self.target.security is not None or not is_loopback(self.target.address[0]):
            raise Unavailable("Load goes only to servers on this machine, over http://.")
        return self.target

    def word(self, prefix: str = "x") -> str:
        """A word no other call returns: the prefix, then lower-case letters and digits."""
        self._words += 1
        digest = hashlib.sha256(f"{self.seed}:{self.check_id}:{self._words}".encode()).digest()
        return prefix + self._nonce + "".join(LETTERS[byte % len(LETTERS)] for byte in digest[:7])

    def log(self, text: str) -> None:
        self.journal.line(clean(text))

    def unclear(self, reason: str) -> NoReturn:
        unclear(reason)

    def close(self) -> None:
        for connection in self._sockets:
            connection.abort()
        self._sockets.clear()
        for thing in self._open:
            thing.close()
        self._open.clear()


def list_requests(requests: Sequence[Request] | int, factory: Request | Callable[..., Request] | None) -> list[Request]:
    if not isinstance(requests, int):
        return list(requests)
    if factory is None:
        raise TypeError("at_once(n, factory) needs the factory")
    if isinstance(factory, Request):
        return [factory] * requests
    takes_index = bool(factory.__code__.co_argcount) if hasattr(factory, "__code__") else True
    return [factory(index) if takes_index else factory() for index in range(requests)]
