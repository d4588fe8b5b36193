"""What a check works with: clients, races, the target, words and randomness that follow from the seed."""

import hashlib
import random
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from backroad.verifier.answer import Answer, NoAnswer
from backroad.verifier.at_once import release_together
from backroad.verifier.client import DEFAULT_MAX_BODY, DEFAULT_TIMEOUT, Client, RawConnection
from backroad.verifier.exchange import HeaderInput, QueryInput, Request
from backroad.verifier.journal import Journal
from backroad.verifier.target import Target
from backroad.verifier.verdict import unclear
from backroad.verifier.wording import clean

LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class Bench:
    """A fresh one for every check. `nonce` keeps the words of two runs on one database apart."""

    def __init__(
        self, *, target: Target, check_id: str, seed: str, nonce: str = "",
        make_driver: Callable[["Bench"], Any] | None = None, on_line: Callable[[str], None] | None = None,
    ) -> None:  # fmt: skip
        self.target = target
        self.check_id = check_id
        self.seed = seed
        self.random = random.Random(f"{seed}:{check_id}")
        self.journal = Journal(on_line)
        self._nonce = nonce
        self._words = 0
        self._make_driver = make_driver
        self._driver: Any = None
        self._open: list[Client | RawConnection] = []

    @property
    def driver(self) -> Any:
        """The lab's Driver, made on first use."""
        if self._driver is None:
            if self._make_driver is None:
                raise AttributeError("this lab has no driver.py")
            self._driver = self._make_driver(self)
        return self._driver

    def client(
        self, headers: HeaderInput | None = None, *, timeout: float = DEFAULT_TIMEOUT, max_body: int = DEFAULT_MAX_BODY
    ) -> Client:
        """A recording client with connections of its own; `headers` go with every request."""
        client = Client(self.target, self.journal, headers or (), timeout=timeout, max_body=max_body)
        self._open.append(client)
        return client

    async def connect(self, *, timeout: float = DEFAULT_TIMEOUT, max_body: int = DEFAULT_MAX_BODY) -> RawConnection:
        """One open connection to write any bytes to, for checks below the level of requests."""
        connection = await RawConnection.open(self.target, self.journal, timeout=timeout, max_body=max_body)
        self._open.append(connection)
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
