"""What all HTTP stand-ins share, shown with the weather."""

import asyncio
import time

import pytest

from backroad.verifier.answer import Answer, LostAnswer
from backroad.verifier.client import Client
from backroad.verifier.standins.trouble import Wrong
from backroad.verifier.standins.weather import Weather
from tests.verifier.dependencies.servers import connected, run
from tests.verifier.servers import bench_for


async def ask(client: Client, weather: Weather, city: str = "Oslo", timeout: float = 2) -> Answer:
    return await client.get("/v1/current", query={"city": city, "key": weather.key}, timeout=timeout)


def test_starts_quickly_and_ends_cleanly():
    async def work() -> None:
        began = time.perf_counter()
        async with Weather(seed="TEST") as weather:
            assert time.perf_counter() - began < 0.05
            async with connected(weather.port) as (reader, _):
                await asyncio.sleep(0.01)
                port = weather.port
                await weather.close()
                with pytest.raises(ConnectionResetError):
                    await reader.read()
            with pytest.raises(ConnectionRefusedError):
                await asyncio.open_connection("127.0.0.1", port)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks()) == 1

    run(work())


def test_counts_and_records_calls():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client(headers={"X-Request-Id": "r1"})
            await ask(client, weather)
            async with weather.counting() as seen:
                await ask(client, weather, "Bergen")
                await client.post("/other", json={"a": "x" * 100_000})
            assert seen.texts == ["GET /v1/current", "POST /other"]
            assert seen.everything[0].query["city"] == "Bergen"
            assert seen.everything[0].headers["x-request-id"] == "r1"
            assert len(seen.everything[1].body) == 16 << 10
            assert (weather.count, len(weather.calls)) == (3, 3)
            assert await weather.until(3, within=0.1)
            assert not await weather.until(4, within=0.02)

    run(work())


def test_slow_and_trickling():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            async with weather.slow(0.1):
                assert (await ask(client, weather)).seconds > 0.09
                with pytest.raises(LostAnswer):
                    await ask(client, weather, timeout=0.02)
            async with weather.trickle(500):
                assert (await ask(client, weather)).seconds > 0.09
            assert (await ask(client, weather)).seconds < 0.09

    run(work())


@pytest.mark.parametrize(
    ("how", "status", "type_"),
    [
        ("error", 503, "application/json"),
        ("garbage", 200, "application/json"),
        ("html", 200, "text/html; charset=utf-8"),
        ("shape", 200, "application/json"),
        ("empty", 200, "application/json"),
    ],
)
def test_wrong_answers(how: Wrong, status: int, type_: str):
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            right = (await ask(client, weather)).body
            async with weather.wrong(how, status=503):
                answer = await ask(client, weather)
                assert (answer.status, answer.headers.get("content-type")) == (status, type_)
                assert answer.body != right
            assert (await ask(client, weather)).body == right

    run(work())


@pytest.mark.parametrize(("how", "says"), [("lost", "closed"), ("truncated", "closed"), ("silent", "within")])
def test_answers_that_do_not_come(how: Wrong, says: str):
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            weather.wrong(how, times=2)  # the client asks again on another connection if nothing of an answer came
            with pytest.raises(LostAnswer) as lost:
                await ask(client, weather, timeout=0.2)
            assert lost.value.no_answer.reason
            weather.restore()
            assert (await ask(client, weather)).status == 200

    run(work())


def test_limits_say_when_to_come_back():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            weather.limit(retry_after=1.5, skip=1, times=2)
            answers = [await ask(client, weather) for _ in range(4)]
            assert [answer.status for answer in answers] == [200, 429, 429, 200]
            assert answers[1].headers.get("retry-after") == "2"

    run(work())


def test_troubles_of_one_path_and_the_end_of_one_leave_the_others():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            async with weather.wrong("error", path="^/v1"):
                async with weather.limit(path="^/other"):
                    assert (await client.get("/other")).status == 429
                    assert (await ask(client, weather)).status == 500
                assert (await client.get("/other")).status == 404
                assert (await ask(client, weather)).status == 500
            assert (await ask(client, weather)).status == 200

    run(work())


def test_down_and_up_again_on_the_same_port():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            client = bench_for(weather.url).client()
            await ask(client, weather)
            async with weather.down():
                with pytest.raises(LostAnswer, match="refused"):
                    await ask(client, weather)
            assert (await ask(client, weather)).status == 200

    run(work())


def test_many_at_once_and_one_after_another_on_one_connection():
    async def work() -> None:
        async with Weather(seed="TEST") as weather:
            bench = bench_for(weather.url)
            request = bench.request("GET", "/v1/current", query={"city": "Oslo", "key": weather.key})
            answers = await bench.at_once(50, request)
            assert [getattr(answer, "status", None) for answer in answers] == [200] * 50
            async with connected(weather.port) as (reader, writer):
                line = f"GET /v1/current?city=Oslo&key={weather.key} HTTP/1.1\r\nHost: x\r\n"
                writer.write(f"{line}\r\n".encode() * 40 + f"{line}Connection: close\r\n\r\n".encode())
                assert (await reader.read()).count(b"HTTP/1.1 200 OK") == 41

    run(work())


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"rubbish\r\n\r\n", b"400"),
        (b"\x00\xff" * 50, b"400"),
        (b"GET / HTTP/1.1\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", b"431"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n" + bytes(8 << 20) + b"xx", b"413"),
        (b"GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n", b"404"),
        (b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n0\r\n\r\n", b"404"),
        (b"HEAD / HTTP/1.0\r\n\r\n", b"404"),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
            b"100",
        ),
    ],
    ids=["rubbish", "binary", "long head", "long body", "upgrade", "chunked", "HTTP/1.0", "expect"],
)
def test_hostile_and_odd_requests_end(sent: bytes, status: bytes):
    async def work() -> None:
        async with Weather(seed="TEST") as weather, connected(weather.port) as (reader, writer):
            writer.write(sent)
            got = await reader.read()
            assert got.startswith(b"HTTP/1.1 " + status)
            assert weather.count <= 1

    run(work())
