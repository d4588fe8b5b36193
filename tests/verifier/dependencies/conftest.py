"""Real servers: always those installed with pip, and the configured one where a variable names it."""

import os
from collections.abc import Iterator

import pytest

from backroad.verifier.dependencies import installed
from backroad.verifier.dependencies.sources import VARIABLES, Kind, Server


def origins(kind: Kind) -> list[str]:
    return ["installed", *(["configured"] if os.environ.get(VARIABLES[kind]) else [])]


def serve(kind: Kind, origin: str) -> Iterator[Server]:
    if origin == "configured":
        yield Server(kind, "configured", os.environ[VARIABLES[kind]], lambda: None)
        return
    server = installed.start(kind)
    try:
        yield server
    finally:
        server.end()


@pytest.fixture(scope="session", params=origins("postgres"))
def postgres(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from serve("postgres", request.param)


@pytest.fixture(scope="session", params=origins("redis"))
def redis(request: pytest.FixtureRequest) -> Iterator[Server]:
    yield from serve("redis", request.param)
