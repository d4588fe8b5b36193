"""The dependencies of one run: real servers, each with a fresh database and a proxy before it."""

import asyncio
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import cast

from backroad.verifier.dependencies import reachable
from backroad.verifier.dependencies.lent import Lent
from backroad.verifier.dependencies.lent_postgres import LentDatabase
from backroad.verifier.dependencies.lent_rabbitmq import LentRabbit
from backroad.verifier.dependencies.lent_redis import LentRedis
from backroad.verifier.dependencies.postgres import PostgresProxy
from backroad.verifier.dependencies.proxy import Proxy
from backroad.verifier.dependencies.redis import RedisProxy
from backroad.verifier.dependencies.sources import KINDS, Kind, Server, Unavailable, find_server_now
from backroad.verifier.errors import VerifierError

BORROW: Mapping[Kind, Callable[[Server], Lent]] = {
    "postgres": LentDatabase.borrow,
    "redis": LentRedis.borrow,
    "rabbitmq": LentRabbit.borrow,
}


class Dependencies:
    """`missing` says of each one that could not be had why; the others are open."""

    def __init__(self, names: Iterable[str], *, seed: str = "", environ: Mapping[str, str] | None = None) -> None:
        self.names = list(dict.fromkeys(names))
        for name in self.names:
            if name not in KINDS:
                raise VerifierError(f'There is no dependency "{name}".', hint=f"There are {', '.join(KINDS)}.")
        self.missing: dict[str, Unavailable] = {}
        self._seed = seed
        self._environ = os.environ if environ is None else environ
        self._lent: dict[str, Lent] = {}
        self._proxies: dict[str, Proxy] = {}
        self._spare: list[LentDatabase] = []
        self._closed = False
        self._lock = threading.Lock()  # borrowing goes on in threads, which a cancelled run does not stop

    async def open(self) -> "Dependencies":
        try:
            await asyncio.gather(*(asyncio.to_thread(self._borrow, cast(Kind, name)) for name in self.names))
            for name in filter(self._lent.__contains__, self.names):
                self._proxies[name] = await _proxy(name, self._lent[name], self._seed).open()
        except BaseException:
            await self.close()
            raise
        return self

    def _borrow(self, kind: Kind) -> None:
        try:
            lent = _borrow(kind, self._environ)
        except Unavailable as error:
            self.missing[kind] = error
            return
        with self._lock:
            if not self._closed:
                self._lent[kind] = lent
                return
        _return(lent)

    async def close(self) -> None:
        """Reset all connections, give the databases back, end the servers that were started for this."""
        with self._lock:
            self._closed = True
            proxies, lent = list(self._proxies.values()), list(self._lent.values())
            self._proxies.clear()
            self._lent.clear()
        for proxy in proxies:
            await proxy.close()
        for spare in self._spare:
            await asyncio.to_thread(spare.give_back)
        await asyncio.gather(*(asyncio.to_thread(_return, each) for each in lent))

    async def __aenter__(self) -> "Dependencies":
        return await self.open()

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def get(self, name: str) -> Proxy:
        """The proxy of one; raises Unavailable, with the reason, if it could not be had."""
        if name in self.missing:
            raise self.missing[name]
        if name not in self._proxies:
            raise Unavailable(f'The lab does not ask for "{name}".', hint="Add it to `dependencies` in lab.toml.")
        return self._proxies[name]

    def empty_database(self) -> Mapping[str, str]:
        """Blocking: one more database on the same PostgreSQL and behind the same proxy; dropped at the end."""
        lent = LentDatabase.borrow(self._lent["postgres"].server)
        self._spare.append(lent)
        return lent.environment(self._proxies["postgres"].port)

    @property
    def postgres(self) -> PostgresProxy:
        return cast(PostgresProxy, self.get("postgres"))

    @property
    def redis(self) -> RedisProxy:
        return cast(RedisProxy, self.get("redis"))

    def origin(self, name: str) -> str:
        """`configured`, `Docker` or `installed`."""
        return self._lent[name].server.origin

    def environment(self) -> dict[str, str]:
        """What the target is told."""
        told: dict[str, str] = {}
        for name, proxy in self._proxies.items():
            told.update(self._lent[name].environment(proxy.port))
        return told

    def restore(self) -> None:
        """End all faults; for the time between two checks."""
        for proxy in self._proxies.values():
            proxy.restore()


def _borrow(kind: Kind, environ: Mapping[str, str]) -> Lent:
    if kind == "postgres":
        reachable.psycopg()  # before a server is started in vain
    server = find_server_now(kind, environ)
    try:
        return BORROW[kind](server)
    except BaseException:
        server.end()
        raise


def _return(lent: Lent) -> None:
    try:
        lent.give_back()
    finally:
        lent.server.end()


def _proxy(kind: str, lent: Lent, seed: str) -> Proxy:
    if kind == "postgres":
        return PostgresProxy(kind, lent.address, seed=seed)
    if isinstance(lent, LentRedis):
        return RedisProxy(kind, lent.address, seed=seed, only=lent.only)
    return Proxy(kind, lent.address, seed=seed)
