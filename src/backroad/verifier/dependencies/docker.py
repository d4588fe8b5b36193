"""PostgreSQL, Redis and RabbitMQ from Docker, where an engine answers. Containers are removed at the end of the run;
those of a run that was killed are removed by the next one."""

import contextlib
import os
import secrets
import shutil
import subprocess
import time
from urllib.parse import urlsplit

import msgspec
import psutil

from backroad.verifier.dependencies import reachable
from backroad.verifier.dependencies.guarded import pause
from backroad.verifier.dependencies.sources import NAMES, Kind, Server, Unavailable

LABEL = "backroad.run"  # process id and start time of the verifier that a container belongs to
ENGINE_TIMEOUT = 5.0
RUN_TIMEOUT = 180.0  # the image may have to be fetched
READY_TIMEOUT = 60.0


class Image(msgspec.Struct, frozen=True):
    name: str
    port: int
    url: str  # with {password} and {port}
    secrets: dict[str, str] = {}  # environment of the container, with {password}
    command: tuple[str, ...] = ()


IMAGES: dict[Kind, Image] = {
    "postgres": Image(
        "postgres:17.6-alpine", 5432, "postgresql://backroad:{password}@127.0.0.1:{port}/postgres",
        {"POSTGRES_USER": "backroad", "POSTGRES_PASSWORD": "{password}"}, ("-c", "max_connections=200"),
    ),
    "redis": Image("redis:8.2.1-alpine", 6379, "redis://127.0.0.1:{port}/0"),
    "rabbitmq": Image(
        "rabbitmq:4.1.4-alpine", 5672, "amqp://backroad:{password}@127.0.0.1:{port}/",
        {"RABBITMQ_DEFAULT_USER": "backroad", "RABBITMQ_DEFAULT_PASS": "{password}"},
    ),
}  # fmt: skip


def engine() -> str:
    """Version of the engine; Unavailable if none answers."""
    if shutil.which("docker") is None:
        raise Unavailable("it is not on PATH.")
    version = ""
    with contextlib.suppress(Unavailable):
        version = _docker("version", "--format", "{{.Server.Version}}", timeout=ENGINE_TIMEOUT)
    if not version:
        raise Unavailable("no engine answers.")
    return version


def start(kind: Kind) -> Server:
    engine()
    _remove_orphans()
    image = IMAGES[kind]
    password = secrets.token_urlsafe(18)
    filled = {name: value.format(password=password) for name, value in image.secrets.items()}
    # Given by name only, so that no password shows in the list of processes.
    names = [word for name in filled for word in ("--env", name)]
    container = _docker(
        "run", "--rm", "--detach", "--label", f"{LABEL}={_mark(os.getpid())}",
        "--publish", f"127.0.0.1::{image.port}", *names, image.name, *image.command,
        timeout=RUN_TIMEOUT, environment=filled,
    )  # fmt: skip
    try:
        published = _docker("port", container, f"{image.port}/tcp", timeout=ENGINE_TIMEOUT).splitlines()
        port = int(published[0].rpartition(":")[2]) if published else 0
        url = image.url.format(password=password, port=port)
        began = time.monotonic()
        while problem := reachable.problem(kind, urlsplit(url)):
            if not pause(began, READY_TIMEOUT):
                raise Unavailable(f"{NAMES[kind]} in {image.name} does not become ready: {problem}.")
    except BaseException:
        _remove(container)
        raise
    return Server(kind, "Docker", url, lambda: _remove(container))


def _docker(*words: str, timeout: float, environment: dict[str, str] | None = None) -> str:
    try:
        done = subprocess.run(
            ["docker", *words], timeout=timeout, capture_output=True, text=True, errors="replace",
            stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise Unavailable(f"docker {words[0]} does not end within {timeout:.0f} s.") from None
    except OSError as error:
        raise Unavailable(f"docker cannot be run: {error.strerror}.") from None
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit code {done.returncode}"]
        raise Unavailable(f"docker {words[0]} says: {lines[-1].rstrip('.?')}.")
    return done.stdout.strip()


def _remove(container: str) -> None:
    with contextlib.suppress(Unavailable):  # the next run removes it
        _docker("rm", "--force", "--volumes", container, timeout=30)


def _remove_orphans() -> None:
    listed = _docker(
        "ps", "--all", "--filter", f"label={LABEL}", "--format", f'{{{{.ID}}}} {{{{.Label "{LABEL}"}}}}',
        timeout=ENGINE_TIMEOUT,
    )  # fmt: skip
    for line in listed.splitlines():
        container, _, mark = line.partition(" ")
        pid = mark.partition("-")[0]
        if pid.isdigit() and _mark(int(pid)) != mark:
            _remove(container)


def _mark(pid: int) -> str:
    try:
        return f"{pid}-{psutil.Process(pid).create_time():.0f}"
    except psutil.Error:
        return ""
