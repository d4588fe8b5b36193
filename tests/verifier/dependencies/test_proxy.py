import asyncio
import socket
import time

import pytest

from backroad.verifier.dependencies.proxy import Proxy
from tests.verifier.dependencies.servers import Streams, connected, echo, proxied, run, say, serving

pytestmark = pytest.mark.slow  # waits for sockets


async def silent(streams: Streams, seconds: float = 0.1) -> bool:
    """Nothing comes, not even the end."""
    try:
        async with asyncio.timeout(seconds):
            await streams[0].read(1)
    except TimeoutError:
        return True
    return False


def test_forwards_and_counts():
    async def work() -> None:
        async with proxied() as proxy:
            async with connected(proxy.port) as streams:
                assert await say(streams, b"hello") == b"hello"
                assert await say(streams, b"x" * 1_000_000) == b"x" * 1_000_000
                assert (proxy.connections, proxy.open_connections) == (1, 1)
            await asyncio.sleep(0.02)
            assert (proxy.open_connections, proxy.most_open) == (0, 1)
            assert (proxy.bytes_to_server, proxy.bytes_to_client) == (1_000_005, 1_000_005)

    run(work())


def test_latency_holds_for_its_block():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as streams:
            began = time.perf_counter()
            async with proxy.slowed(0.15):
                await say(streams, b"slow")
            assert 0.14 < time.perf_counter() - began < 1
            began = time.perf_counter()
            await say(streams, b"quick")
            assert time.perf_counter() - began < 0.14

    run(work())


def test_what_was_delayed_comes_at_once_when_the_latency_ends():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as streams:
            proxy.latency(30, jitter=5)
            streams[1].write(b"late")
            assert await silent(streams)
            proxy.restore()
            assert await streams[0].readexactly(4) == b"late"

    run(work())


def test_bandwidth():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as streams:
            began = time.perf_counter()
            async with proxy.bandwidth(20_000):
                assert await say(streams, bytes(4000)) == bytes(4000)
            assert 0.15 < time.perf_counter() - began < 1.5  # 0.2 s, less the first piece

    run(work())


def test_drop_keeps_connections_open_and_delivers_afterwards():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as old:
            await say(old, b"before")
            proxy.drop()
            old[1].write(b"meanwhile")
            async with connected(proxy.port) as new:
                new[1].write(b"new")
                assert await silent(old)
                assert await silent(new)
                proxy.restore()
                assert await old[0].readexactly(9) == b"meanwhile"
                assert await new[0].readexactly(3) == b"new"

    run(work())


def test_cut_resets_what_is_open_and_nothing_else():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as one, connected(proxy.port) as two:
            await say(one, b"1")
            await say(two, b"2")
            assert proxy.cut() == 2
            for streams in (one, two):
                with pytest.raises(ConnectionResetError):
                    await streams[0].read()
            async with connected(proxy.port) as three:
                await say(three, b"3")

    run(work())


def test_refuse_leaves_open_connections_and_comes_back_on_the_same_port():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as streams:
            port = proxy.port
            await say(streams, b"open")
            async with proxy.refuse():
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", port)
                await say(streams, b"still open")
                with pytest.raises(OSError), socket.socket() as other:
                    other.bind(("127.0.0.1", port))
            async with connected(port) as again:
                await say(again, b"back")

    run(work())


def test_down_is_cut_and_refuse():
    async def work() -> None:
        async with proxied() as proxy, connected(proxy.port) as streams:
            await say(streams, b"up")
            async with proxy.down():
                with pytest.raises(ConnectionResetError):
                    await streams[0].read()
                with pytest.raises(ConnectionRefusedError):
                    await asyncio.open_connection("127.0.0.1", proxy.port)
            async with connected(proxy.port) as again:
                await say(again, b"up")

    run(work())


def test_half_open_connections_are_not_told():
    async def work() -> None:
        ended = asyncio.Event()

        async def watch(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await echo(reader, writer)
            finally:
                ended.set()

        async with proxied(watch) as proxy, connected(proxy.port) as streams:
            await say(streams, b"1")
            assert proxy.half_open() == 1
            await ended.wait()
            streams[1].write(b"2" * 100_000)
            assert await silent(streams)
            async with connected(proxy.port) as new:
                await say(new, b"3")
            proxy.restore()
            with pytest.raises(ConnectionResetError):
                await streams[0].read()

    run(work())


def test_a_fault_that_ends_leaves_the_others():
    async def work() -> None:
        async with proxied() as proxy:
            async with proxy.slowed(0.2):
                proxy.refuse()
                async with proxy.slowed(0.1):
                    pass
                assert proxy.conditions.latency == 0.2
            assert (proxy.conditions.latency, proxy.conditions.refusing) == (0, True)

    run(work())


def test_half_close_reaches_the_other_side_and_the_answer_comes_back():
    async def count(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"%d" % len(await reader.read()))

    async def work() -> None:
        async with proxied(count) as proxy, connected(proxy.port) as (reader, writer), proxy.slowed(0.05):
            writer.write(bytes(300_000))
            writer.write_eof()
            assert await reader.read() == b"300000"

    run(work())


def test_the_end_of_the_server_reaches_the_client_as_it_was():
    async def say_and_end(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"bye")
        if await reader.read(1) == b"r":
            writer.transport.abort()

    async def work() -> None:
        async with proxied(say_and_end) as proxy:
            for first in (b"f", b"r"):
                async with connected(proxy.port) as (reader, writer):
                    assert await reader.readexactly(3) == b"bye"
                    writer.write(first)
                    assert await reader.read() == b""
            await asyncio.sleep(0.02)
            assert proxy.open_connections == 0

    run(work())


def test_a_server_that_is_not_there():
    async def work() -> None:
        async with serving(echo) as address:
            pass
        async with Proxy("gone", address) as proxy, connected(proxy.port) as (reader, _):
            with pytest.raises(ConnectionResetError):
                await reader.read()
            assert proxy.failed_connects == 1

    run(work())


def test_a_server_that_does_not_read_holds_the_client_back():
    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(30)

    async def work() -> None:
        async with proxied(deaf) as proxy:
            with socket.create_connection(("127.0.0.1", proxy.port)) as sock:
                sock.setblocking(False)
                loop, sent = asyncio.get_running_loop(), 0
                try:
                    async with asyncio.timeout(0.3):
                        while sent < 256 << 20:
                            await loop.sock_sendall(sock, bytes(1 << 20))
                            sent += 1 << 20
                except TimeoutError:
                    pass
                assert sent < 64 << 20  # the kernel's buffers on four sockets, and a quarter of a MiB of ours

    run(work())


def test_many_connections_at_once():
    async def work() -> None:
        async def one(proxy: Proxy, number: int) -> None:
            async with connected(proxy.port) as streams:
                data = b"%d" % number * 500
                for _ in range(3):
                    assert await say(streams, data) == data

        async with proxied() as proxy:
            await asyncio.gather(*(one(proxy, number) for number in range(150)))
            assert proxy.connections == 150
            await asyncio.sleep(0.05)
            assert proxy.open_connections == 0

    run(work())


def test_closing_ends_connections_in_every_state():
    async def work() -> None:
        async with serving(echo) as address:
            proxy = await Proxy("test", address).open()
            async with connected(proxy.port) as one, connected(proxy.port) as two:
                await say(one, b"1")
                await say(two, b"2")
                proxy.half_open()
                proxy.drop()
                async with connected(proxy.port) as three:
                    await asyncio.sleep(0.01)
                    await proxy.close()
                    for streams in (one, two, three):
                        with pytest.raises(ConnectionResetError):
                            await streams[0].read()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", proxy.port)
            ours = [task for task in asyncio.all_tasks() if "Link" in repr(task)]
            assert not ours

    run(work())


def test_jitter_follows_from_the_seed():
    async def drawn(seed: str) -> list[float]:
        async with proxied(seed=seed) as proxy:
            return [proxy.random.random() for _ in range(3)]

    assert run(drawn("A")) == run(drawn("A")) != run(drawn("B"))
