"""A run as it goes on, over graphql-transport-ws; and what a hostile client sends there."""

import asyncio
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from backroad.identity.model import LOCAL
from backroad.kit.db import Database
from backroad.labs import store
from backroad.labs.model import Run, RunEvent, RunState
from tests.databases import settings_of
from tests.serving import Server

PROTOCOL = Subprotocol("graphql-transport-ws")
LIVE = "subscription($id: ID!, $after: Int!){runLive(id: $id, after: $after){number event state}}"


def joined(server: Server, **options: Any) -> connect:
    return connect(f"ws://127.0.0.1:{server.port}/api/graphql", subprotocols=[PROTOCOL], **options)


async def told(socket: ClientConnection) -> dict[str, Any]:
    async with asyncio.timeout(10):
        message: dict[str, Any] = json.loads(await socket.recv())
    return message


async def begin(socket: ClientConnection) -> None:
    await socket.send('{"type": "connection_init"}')
    assert await told(socket) == {"type": "connection_ack"}


async def ask(socket: ClientConnection, query: str, name: str = "1", **variables: object) -> None:
    payload = {"query": query, "variables": variables}
    await socket.send(json.dumps({"id": name, "type": "subscribe", "payload": payload}))


def written(server: Server, run: str, numbers: range, state: RunState, learner: str = LOCAL) -> None:
    """What a `backroad prove` in another process writes."""
    db = Database(settings_of(server.home).database_url)

    def write(tx: Connection) -> None:
        store.write_run(tx, Run(run, learner, "shortener", "/x", "A", state, datetime(2027, 1, 4, 10, tzinfo=UTC)))
        events = [RunEvent(number, {"event": "check_noted", "text": f"n{number}"}) for number in numbers]
        store.add_events(tx, run, events)

    db.run_now(write)
    db.close()


def test_a_run_is_followed_to_its_end(settled: Server) -> None:
    run = "graphql-live"

    async def watch() -> list[dict[str, Any]]:
        written(settled, run, range(1, 4), "running")
        seen = []
        async with joined(settled) as socket:
            await begin(socket)
            await ask(socket, LIVE, id=run, after=1)
            while (message := await told(socket))["type"] == "next":
                seen.append(message["payload"]["data"]["runLive"])
                if seen[-1]["number"] == 3 and seen[-1]["event"]:
                    written(settled, run, range(4, 6), "finished")
            assert message == {"id": "1", "type": "complete"}
        return seen

    seen = asyncio.run(watch())
    assert [one["number"] for one in seen] == [2, 3, 4, 5, 5], "each once and in order, from where it was asked"
    assert [one["event"]["text"] for one in seen[:-1]] == ["n2", "n3", "n4", "n5"]
    assert seen[-1] == {"number": 5, "event": None, "state": "FINISHED"}


def test_queries_and_mistakes_on_one_connection(settled: Server) -> None:
    async def talk() -> None:
        async with joined(settled) as socket:
            await begin(socket)
            for query, code in (
                ("{", "SYNTAX"),
                ("{nothing}", "INVALID"),
                ("{skills(first: 100){items{requires{requires{requires{requires{requires{id}}}}}}}}", "TOO_COSTLY"),
                ("subscription{" + " ".join(f"a{n}: runLive(id: 1){{number}}" for n in range(30)) + "}", "INVALID"),
            ):
                await ask(socket, query)
                message = await told(socket)
                assert (message["type"], message["payload"][0]["extensions"]["code"]) == ("error", code)
            await ask(socket, LIVE, id="none", after=0)
            message = await told(socket)
            errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
            assert errors[0]["extensions"]["code"] == "NOT_FOUND"
            await ask(socket, "{roads{id}}", "2")
            while (message := await told(socket)).get("id") != "2":
                pass
            assert message["payload"]["data"]["roads"]
            await ask(socket, 'mutation{addNote(kind: DAY, ref: "2027-01-04", text: "live"){text}}', "3")
            while (message := await told(socket)).get("id") != "3":
                pass
            assert message["payload"]["data"]["addNote"] == {"text": "live"}

    asyncio.run(talk())


HOSTILE = [
    "",
    "x",
    "[]",
    "5",
    "null",
    "{}",
    '{"type": 5}',
    '{"type": "' + "é" * 300 + '"}',
    '{"type": "subscribe"}',
    '{"type": "subscribe", "id": 1, "payload": {"query": "{roads{id}}"}}',
    '{"type": "subscribe", "id": "1", "payload": "x"}',
    '{"type": "subscribe", "id": "1", "payload": {"query": 5}}',
    '{"type": "subscribe", "id": "1", "payload": {"query": "{roads{id}}", "variables": []}}',
    '{"type": "complete", "id": {}}',
    '{"type": "connection_init", "payload": 5}',
    '{"type": "connection_init"}',
]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_messages_end_the_connection_with_a_code(settled: Server, text: str) -> None:
    async def send() -> int | None:
        async with joined(settled) as socket:
            await begin(socket)
            await socket.send(text)
            with pytest.raises(ConnectionClosed) as closed:
                await told(socket)
            return closed.value.rcvd.code if closed.value.rcvd else None

    assert asyncio.run(send()) in (4400, 4429)
    with settled.client() as client:
        assert client.get("/livez").status_code == 200


def test_nothing_is_answered_before_the_connection_begins(settled: Server) -> None:
    async def ask_at_once() -> int | None:
        async with joined(settled) as socket:
            await ask(socket, "{roads{id}}")
            with pytest.raises(ConnectionClosed) as closed:
                await told(socket)
            return closed.value.rcvd.code if closed.value.rcvd else None

    assert asyncio.run(ask_at_once()) == 4401


def test_operations_of_a_connection_are_bounded(settled: Server) -> None:
    written(settled, "graphql-many", range(1, 2), "running")

    async def pile_up() -> str:
        async with joined(settled) as socket:
            await begin(socket)
            for number in range(40):
                await ask(socket, LIVE, str(number), id="graphql-many", after=1)
            while (message := await told(socket))["type"] != "error":
                pass
            return str(message["payload"][0]["message"])

    assert asyncio.run(pile_up()) == "Subscription limit reached"
    written(settled, "graphql-many", range(2, 3), "finished")


def test_foreign_pages_and_other_protocols(settled: Server) -> None:
    async def foreign() -> None:
        async with joined(settled, origin="https://evil.example"):
            pass

    with pytest.raises((InvalidStatus, ConnectionClosed)):
        asyncio.run(foreign())

    async def old() -> int | None:
        url = f"ws://127.0.0.1:{settled.port}/api/graphql"
        async with connect(url, subprotocols=[Subprotocol("graphql-ws")]) as socket:
            with pytest.raises(ConnectionClosed) as closed:
                await told(socket)
            return closed.value.rcvd.code if closed.value.rcvd else None

    assert asyncio.run(old()) == 4406
