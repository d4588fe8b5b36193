"""A plain proxy: against what begins to speak AMQP, and the configured broker where a variable names it."""

import asyncio
import os

import pytest

from backroad.verifier.dependencies.opened import Dependencies
from backroad.verifier.dependencies.reachable import AMQP
from backroad.verifier.dependencies.sources import VARIABLES, Unavailable
from tests.verifier.dependencies.servers import connected, echo, run, serving


async def broker(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    if await reader.readexactly(8) == AMQP:
        writer.write(b"\x01\x00\x00\x00\x00\x00\x00")  # the beginning of a method frame
        await reader.read()


async def greets(url: str) -> None:
    async with Dependencies(["rabbitmq"], environ={VARIABLES["rabbitmq"]: url}) as dependencies:
        proxy = dependencies.get("rabbitmq")
        environment = dependencies.environment()
        assert f"127.0.0.1:{proxy.port}" in environment["RABBITMQ_URL"]
        assert environment["AMQP_URL"] == environment["RABBITMQ_URL"]
        assert environment["QUEUE_PREFIX"].startswith("backroad-")
        async with connected(proxy.port) as (reader, writer):
            writer.write(AMQP)
            assert await reader.readexactly(1) == b"\x01"
            proxy.cut()
            with pytest.raises(ConnectionResetError):
                await reader.read()


def test_a_broker_is_reached_through_the_proxy():
    async def work() -> None:
        async with serving(broker) as address:
            await greets(f"amqp://guest:guest@127.0.0.1:{address[1]}")
        if url := os.environ.get(VARIABLES["rabbitmq"]):
            await greets(url)

    run(work())


@pytest.mark.parametrize(
    ("path", "ends_with"), [("", ""), ("/", ""), ("/%2F", "/%2F"), ("/my%20host", "/my%20host")], ids=str
)
def test_the_virtual_host_is_kept(path: str, ends_with: str):
    async def work() -> None:
        async with serving(broker) as address:
            url = f"amqp://guest:guest@127.0.0.1:{address[1]}{path}"
            async with Dependencies(["rabbitmq"], environ={VARIABLES["rabbitmq"]: url}) as dependencies:
                port = dependencies.get("rabbitmq").port
                told = dependencies.environment()["RABBITMQ_URL"]
                assert told == f"amqp://guest:guest@127.0.0.1:{port}{ends_with}"

    run(work())


def test_something_else_on_the_port_is_told_apart():
    async def work() -> None:
        async with serving(echo) as address:
            environ = {VARIABLES["rabbitmq"]: f"amqp://127.0.0.1:{address[1]}"}
            async with Dependencies(["rabbitmq"], environ=environ) as dependencies:
                with pytest.raises(Unavailable, match="does not speak AMQP"):
                    dependencies.get("rabbitmq")

    run(work())
