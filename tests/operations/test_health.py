"""Alive is not ready: what a server says of itself while its parts go and come back."""

import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.operations.away import Service, service
from tests.server_mode import Hosted, hosting
from tests.serving import environment

pytestmark = pytest.mark.slow


def ready(server: Hosted) -> tuple[int, dict[str, Any]]:
    began = time.monotonic()
    answer = httpx2.get(f"{server.url}/readyz", timeout=10)
    assert time.monotonic() - began < 2.5, "it answers at once, whatever its parts do"
    return answer.status_code, answer.json()


def becomes(server: Hosted, status: int, seconds: float = 15) -> dict[str, Any]:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        found, body = ready(server)
        if found == status:
            return body
        time.sleep(0.2)
    raise AssertionError(f"{found} instead of {status}: {body}")


def is_alive(server: Hosted) -> bool:
    answer = httpx2.get(f"{server.url}/livez", timeout=2)
    return (answer.status_code, answer.text) == (200, "ok")


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Service]:
    with service("postgres") as running:
        yield running


@pytest.fixture(scope="module")
def redis() -> Iterator[Service]:
    with service("redis") as running:
        yield running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, postgresql: Service, redis: Service) -> Iterator[Hosted]:
    folder = tmp_path_factory.mktemp("parts")
    with hosting(folder, faults=True, database_url=postgresql.url, redis_url=redis.url) as server:
        server.alice  # noqa: B018 (an account)
        yield server


@pytest.fixture(autouse=True)
def all_back(postgresql: Service, redis: Service) -> Iterator[None]:
    yield
    postgresql.back()
    redis.back()


def test_all_is_well(server: Hosted) -> None:
    body = becomes(server, 200)
    assert body["status"] == "ready"
    assert body["parts"] == [
        {"name": "database", "state": "well", "says": ""},
        {"name": "redis", "state": "well", "says": ""},
    ]


def test_a_database_that_is_away(server: Hosted, postgresql: Service) -> None:
    postgresql.down()
    body = becomes(server, 503)
    assert body["status"] == "not ready"
    assert body["parts"][0]["state"] == "failed"
    assert is_alive(server)
    page = server.alice.client.get("/")
    assert page.status_code == 503
    assert "cannot be reached" in page.text
    assert "127.0.0.1" not in page.text
    numbers = httpx2.get(f"{server.url}/metrics", timeout=10)
    assert "backroad_database_up 0.0" in numbers.text
    postgresql.back()
    becomes(server, 200)
    assert server.alice.client.get("/").status_code == 200


def test_a_database_that_says_nothing(server: Hosted, postgresql: Service) -> None:
    becomes(server, 200)
    postgresql.silent()
    body = becomes(server, 503)
    assert body["parts"][0]["says"] == "It does not answer within 1 s."
    assert all(ready(server)[0] == 503 for _ in range(5))
    assert is_alive(server)
    postgresql.back()
    becomes(server, 200, 60)
    assert server.alice.client.get("/").status_code == 200


@pytest.mark.parametrize("fault", ["down", "silent"])
def test_without_redis_it_goes_on(server: Hosted, redis: Service, fault: str) -> None:
    becomes(server, 200)
    getattr(redis, fault)()
    time.sleep(0.6)
    status, body = ready(server)
    assert (status, body["status"]) == (200, "degraded")
    assert body["parts"][1]["state"] == "degraded"
    began = time.monotonic()
    assert server.alice.client.get("/").status_code == 200
    answer = server.client().post("/login", data={"email": "alice@example.org", "password": "wrong", "next": "/"})
    assert answer.status_code < 500
    assert time.monotonic() - began < 8
    redis.back()
    time.sleep(0.6)
    assert ready(server)[1]["status"] == "ready"


def test_many_who_ask_are_answered_by_one_look(server: Hosted) -> None:
    becomes(server, 200)

    def statements() -> float:
        text = httpx2.get(f"{server.url}/metrics").text
        return float(
            next(line for line in text.splitlines() if line.startswith("backroad_database_statements_total ")).split()[
                1
            ]
        )

    before = statements()
    threads = [threading.Thread(target=lambda: httpx2.get(f"{server.url}/readyz")) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statements() - before < 40


def test_an_older_schema_is_not_ready_and_a_newer_one_is(tmp_path: Path) -> None:
    """While a new version is rolled out, its migrations have run, and the old processes must go on answering."""
    with hosting(tmp_path) as server, closing(sqlite3.connect(server.home / "backroad.db")) as other:
        becomes(server, 200)
        for schema, status, state in (("0006", 503, "failed"), ("9999", 200, "degraded")):
            other.execute("UPDATE alembic_version SET version_num = ?", (schema,))
            other.commit()
            time.sleep(0.6)
            found, body = ready(server)
            assert (found, body["parts"][0]["state"]) == (status, state)


def test_the_health_check_of_containers(server: Hosted, postgresql: Service) -> None:
    becomes(server, 200)
    env = {**environment(server.home), "BACKROAD_PORT": str(server.port), "BACKROAD_HOST": "0.0.0.0"}
    command = [sys.executable, "-m", "backroad.operations.probe"]

    def code(*more: str, **variables: str) -> int:
        run = subprocess.run([*command, *more], env={**env, **variables}, capture_output=True, timeout=30, check=False)
        assert b"Traceback" not in run.stderr
        return run.returncode

    assert code() == 0
    assert code(BACKROAD_PORT="1") == 1
    assert code("database", BACKROAD_DATABASE_URL=postgresql.url) == 0
    postgresql.down()
    becomes(server, 503)
    assert code() == 1
    assert code("database", BACKROAD_DATABASE_URL=postgresql.url) == 1
