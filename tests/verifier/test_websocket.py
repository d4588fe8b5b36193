import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from http import HTTPStatus
from typing import TypeVar

import pytest
import uvloop
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame
from websockets.protocol import OPEN, SERVER, Protocol

from backroad.verifier import Bench, Failed, LostAnswer
from backroad.verifier.websocket import MAX_MESSAGE, NotUpgraded, WebSocket
from backroad.verifier.websocket_frames import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    TEXT,
    close_words,
    frame,
    frame_line,
    without_secrets,
)
from tests.verifier.servers import answering, bench_for, raw_server

Result = TypeVar("Result")
Talk = Callable[[ServerConnection], Awaitable[None]]


@pytest.fixture(params=["uvloop", "asyncio"])
def run(request: pytest.FixtureRequest) -> Callable[[Awaitable[Result]], Result]:
    def run_on_loop(work: Awaitable[Result]) -> Result:
        factory = uvloop.new_event_loop if request.param == "uvloop" else None
        with asyncio.Runner(loop_factory=factory) as runner:
            return runner.run(work)  # type: ignore[arg-type]

    return run_on_loop


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@contextlib.asynccontextmanager
async def talking(talk: Talk = echo, **options: object) -> AsyncIterator[tuple[Bench, Server]]:
    """A bench for a server that runs on the same loop."""
    async with serve(talk, "127.0.0.1", 0, compression=None, **options) as server:  # type: ignore[arg-type]
        port = next(iter(server.sockets)).getsockname()[1]
        bench = bench_for(f"http://127.0.0.1:{port}")
        try:
            yield bench, server
        finally:
            bench.close()


def with_socket(run, act: Callable[[WebSocket, Bench], Awaitable[Result]], talk: Talk = echo, **options) -> Result:
    async def work() -> Result:
        async with talking(talk, **options) as (bench, _):
            return await act(await bench.websocket("/"), bench)

    return run(work())


def test_messages_go_both_ways(run):
    async def act(socket: WebSocket, bench: Bench) -> None:
        await socket.send({"text": "naïve 🐢"})
        assert (await socket.receive()).json() == {"text": "naïve 🐢"}
        await socket.send("plain")
        assert (await socket.receive()).text == "plain"
        await socket.send(b"\x00\xff")
        binary = await socket.receive()
        assert (binary.text, binary.data) == (None, b"\x00\xff")
        assert bench.journal.exchanges[0].status == 101
        assert any("naïve" in line for line in bench.journal.lines)

    with_socket(run, act)


def test_what_is_not_answered_101_is_failed_with_the_answer(run):
    async def work() -> None:
        def refuse(connection: ServerConnection, _: object):
            return connection.respond(HTTPStatus.UNAUTHORIZED, "who are you?")

        async with talking(process_request=refuse) as (bench, _):
            assert (await bench.upgrade("/")).answer.status == 401
            with pytest.raises(NotUpgraded) as refused:
                await bench.websocket("/")
        assert refused.value.answer.text == "who are you?"
        assert refused.value.got == "401 who are you?"

    run(work())


@pytest.mark.parametrize(
    ("headers", "fault"),
    [
        ("", "101 without Upgrade: websocket"),
        ("Upgrade: websocket\r\n", "101 without Connection: Upgrade"),
        (
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n",
            "101 with a Sec-WebSocket-Accept that does not fit the key",
        ),
    ],
)
def test_a_101_that_is_not_right_is_failed(run, headers, fault):
    async def work(url: str) -> str:
        bench = bench_for(url)
        with pytest.raises(NotUpgraded) as refused:
            await bench.websocket("/")
        bench.close()
        return refused.value.got

    with raw_server(answering(f"HTTP/1.1 101 Switching Protocols\r\n{headers}\r\n".encode())) as url:
        assert run(work(url)) == fault


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "closed the connection before answering"),
        (b"HTTP/1.1 101 Switching", "closed the connection in the middle of the head of its answer"),
    ],
)
def test_no_answer_to_an_upgrade_is_lost(run, answer, reason):
    async def work(url: str) -> str:
        with pytest.raises(LostAnswer) as lost:
            await bench_for(url).upgrade("/", timeout=2)
        return lost.value.reason

    with raw_server(answering(answer, close=True)) as url:
        assert run(work(url)) == reason


def test_nobody_there_is_lost(run):
    async def work() -> str:
        with pytest.raises(LostAnswer) as lost:
            await bench_for("http://127.0.0.1:9").upgrade("/", timeout=2)
        return lost.value.reason

    assert run(work()) == "refused the connection"


def test_a_silent_server_is_late(run):
    async def act(socket: WebSocket, bench: Bench) -> None:
        with pytest.raises(Failed) as failed:
            await socket.receive(0.05)
        assert (failed.value.expected, failed.value.got) == ("a message within 50 ms", "nothing")

    with_socket(run, act)


def test_the_end_of_a_connection_is_told_with_its_code(run):
    async def leave(connection: ServerConnection) -> None:
        await connection.close(4403, "you are out")

    async def act(socket: WebSocket, bench: Bench) -> None:
        closing = await socket.end()
        assert closing is not None
        assert (closing.code, closing.reason, closing.said) == (4403, "you are out", True)
        with pytest.raises(Failed) as failed:
            await socket.receive()
        assert failed.value.got == "close 4403 (you are out) from the server"
        assert not socket.push("too late")

    with_socket(run, act, leave)


def test_a_cut_connection_has_no_code(run):
    async def cut(connection: ServerConnection) -> None:
        connection.transport.abort()

    async def act(socket: WebSocket, bench: Bench) -> None:
        closing = await socket.end()
        assert closing is not None
        assert str(closing) == "the end of the connection, without a close frame"

    with_socket(run, act, cut)


def test_closing_and_pings(run):
    async def act(socket: WebSocket, bench: Bench) -> None:
        assert await socket.ping(b"there?")
        assert not await socket.end(0.01)
        closing = await socket.close(4000)
        assert closing is not None
        assert closing.code == 4000

    with_socket(run, act)


@pytest.mark.slow
def test_pings_are_answered_unless_nothing_is_read(run):
    answered: list[bool] = []

    async def ask(connection: ServerConnection) -> None:
        for _ in range(2):
            pong = await connection.ping()
            try:
                await asyncio.wait_for(pong, 0.2)
                answered.append(True)
            except (TimeoutError, ConnectionClosed):
                answered.append(False)
            await connection.recv()

    async def act(socket: WebSocket, bench: Bench) -> None:
        await socket.until(lambda: bool(answered), 2)
        await asyncio.sleep(0.05)
        socket.stop_reading()
        await socket.send("go on")
        await asyncio.sleep(0.4)
        assert answered == [True, False]

    with_socket(run, act, ask)


def test_wrong_frames_are_what_they_should_be():
    def judge(*parts: bytes) -> str:
        protocol = Protocol(SERVER, state=OPEN, max_size=1000)
        for data in parts:
            protocol.receive_data(data)
        return type(protocol.parser_exc).__name__ if protocol.parser_exc else "fine"

    assert judge(frame(TEXT, b"abc")) == "fine"
    assert judge(frame(TEXT, b"a", fin=False), frame(PING), frame(CONTINUATION, b"c")) == "fine"
    assert judge(frame(TEXT, b"x" * 1000)) == "fine"
    assert judge(frame(TEXT, b"x" * 1001)) == "PayloadTooBig"
    assert judge(frame(BINARY, b"", announced=1 << 40)) == "PayloadTooBig"
    assert judge(frame(TEXT, b"abc", masked=False)) == "ProtocolError"
    assert judge(frame(TEXT, b"abc", reserved=4)) == "ProtocolError"
    assert judge(frame(CONTINUATION, b"abc")) == "ProtocolError"
    assert judge(frame(3, b"abc")) == "ProtocolError"


def test_masked_payloads_are_read_back():
    protocol = Protocol(SERVER, state=OPEN)
    for size in (0, 1, 125, 126, 65_535, 65_536):
        protocol.receive_data(frame(BINARY, b"x" * size))
        (event,) = protocol.events_received()
        assert isinstance(event, Frame)
        assert bytes(event.data) == b"x" * size


def test_secrets_are_masked_in_lines():
    shown = json.dumps({"type": "hello", "token": "s3cret", "text": "a token for you"})
    assert "s3cret" not in frame_line(1, ">", TEXT, shown.encode(), 1)
    assert "a token for you" in frame_line(1, ">", TEXT, shown.encode(), 1)
    assert without_secrets("/socket?after=1&ticket=s3cret") == "/socket?after=1&ticket=[masked]"
    assert frame_line(2, "<", CLOSE, b"\x03\xe9bye", 5) == "#2 < close 1001 (bye)"
    assert close_words(None, "") == "close without a code"


def test_a_ticket_is_in_no_exchange_and_the_server_gets_it(run):
    asked: list[str] = []

    async def act(connection: ServerConnection) -> None:
        assert connection.request is not None
        asked.append(connection.request.path)
        await echo(connection)

    async def work() -> None:
        async with talking(act) as (bench, _):
            await bench.websocket("/socket?ticket=s3cret")
            (exchange,) = bench.journal.exchanges
            assert "s3cret" not in exchange.path + exchange.request_head
        assert asked == ["/socket?ticket=s3cret"]

    run(work())


def test_a_message_without_end_is_not_collected(run):
    async def flood(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            await connection.send("x" * (MAX_MESSAGE + 1))
            await connection.wait_closed()

    async def act(socket: WebSocket, bench: Bench) -> None:
        with pytest.raises(Failed):
            await socket.receive(1)

    with_socket(run, act, flood)


def test_lines_of_many_frames_are_bounded(run):
    told: list[str] = []

    async def act(socket: WebSocket, bench: Bench) -> None:
        bench.journal._on_line = told.append
        for number in range(300):
            await socket.send(str(number))
            await socket.receive()
        assert len(bench.journal.lines) == 200
        assert len(told) == 60
        assert bench.journal.lines[-1] == "#1 < 299"

    with_socket(run, act)
