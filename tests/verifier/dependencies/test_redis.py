"""The proxy before a real Redis."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from urllib.parse import urlsplit

import pytest

from backroad.verifier.dependencies.lent_redis import LentRedis
from backroad.verifier.dependencies.redis import RedisProxy
from backroad.verifier.dependencies.redis_commands import encode
from backroad.verifier.dependencies.redis_talk import RedisError, RedisTalk
from backroad.verifier.dependencies.sources import Server
from tests.verifier.dependencies.servers import run

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def lent(redis: Server) -> Iterator[LentRedis]:
    database = LentRedis.borrow(redis)
    yield database
    database.give_back()


class Client:
    """Redis through the proxy, in a thread: the proxy lives in this loop."""

    def __init__(self, talk: RedisTalk) -> None:
        self.talk = talk

    async def __call__(self, *words: str | int) -> object:
        return await asyncio.to_thread(self.talk.call, *words)


@contextlib.asynccontextmanager
async def connected(lent: LentRedis, proxy: RedisProxy, *, select: bool = True) -> AsyncIterator[Client]:
    client = Client(await asyncio.to_thread(RedisTalk.to, urlsplit(lent.environment(proxy.port)["REDIS_URL"])))
    if select:
        await client("SELECT", lent.number)
        await client("DEL", "a", "n")
    try:
        yield client
    finally:
        client.talk.close()


@contextlib.asynccontextmanager
async def opened(lent: LentRedis) -> AsyncIterator[RedisProxy]:
    async with RedisProxy("redis", lent.address, seed="TEST", only=lent.only) as proxy:
        yield proxy


def test_counts_commands(lent: LentRedis):
    async def work() -> None:
        async with opened(lent) as proxy, proxy.counting() as seen, connected(lent, proxy) as client:
            await client("SET", "a", "x" * 300_000)
            assert await client("GET", "a") == "x" * 300_000
        assert seen.texts == ["DEL a", "SET a", "GET a"]

    run(work())


def test_a_failing_command_in_a_pipeline(lent: LentRedis):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as client:
            proxy.fail(3, "READONLY You can't write against a read only replica.")
            client.talk._socket.sendall(encode(b"INCR", b"n") * 5)
            answers = []
            for _ in range(5):
                with contextlib.suppress(RedisError):
                    answers.append(await asyncio.to_thread(client.talk._answer))
            assert answers == [1, 2, 3, 4]

    run(work())


def test_a_failing_exec_has_done_nothing(lent: LentRedis):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as client:
            proxy.fail(matching="^EXEC")
            await client("MULTI")
            await client("INCR", "n")
            with pytest.raises(RedisError, match="EXECABORT"):
                await client("EXEC")
            assert await client("GET", "n") is None
            await client("MULTI")
            await client("INCR", "n")
            assert await client("EXEC") == [1]

    run(work())


def test_a_lost_answer_was_executed_or_not(lent: LentRedis):
    async def work() -> None:
        async with opened(lent) as proxy, connected(lent, proxy) as check:
            for when, value in [("before", None), ("after", "1")]:
                async with connected(lent, proxy) as client:
                    proxy.lose(1, when=when, matching="^INCR")  # type: ignore[arg-type]
                    with pytest.raises(RedisError):
                        await client("INCR", "n")
                assert await check("GET", "n") == value

    run(work())


def test_a_lent_server_keeps_the_data_of_others(redis: Server):
    async def work() -> None:
        lent = await asyncio.to_thread(LentRedis.borrow, Server("redis", "configured", redis.url, lambda: None))
        try:
            async with opened(lent) as proxy, connected(lent, proxy, select=False) as client:
                for words in (("FLUSHALL",), ("GET", "a"), ("SELECT", 0)):
                    with pytest.raises(RedisError, match="lends database"):
                        await client(*words)
                await client("SELECT", lent.number)
                await client("SET", "mine", "1")
        finally:
            await asyncio.to_thread(lent.give_back)

    run(work())
