"""Backroad as its users run it: real processes on a free port, with a data folder and a clock of the test's own."""

import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx2

from tests.databases import database_environment

COMMAND = (sys.executable, "-c", "from backroad.cli import main; main()")
"""The `backroad` command, also where the package is importable but not installed."""
MONDAY = "2027-01-04T10:00:00+00:00"
"""The day on which the tests' learners begin, unless they say otherwise."""
FIRST_FORM = {
    "minutes": ["60", "60", "60", "60", "60", "120", "0"],
    "start": "2027-01-04",
    "days_off": "",
    "language": "python",
    "road": "canonical",
}


def environment(home: Path, now: str = MONDAY) -> dict[str, str]:
    """This process's environment with nothing of Backroad's in it but the data folder and the clock."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("BACKROAD_")}
    ours = {"BACKROAD_HOME": str(home), "BACKROAD_NOW": now, "TZ": "UTC", "PYTHONWARNINGS": "default"}
    return {**inherited, **ours, **database_environment(home)}


def backroad(
    home: Path, *arguments: str, now: str = MONDAY, stdin: str = "", cwd: Path | None = None, **more: object
) -> subprocess.CompletedProcess[str]:
    """Run one command to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        env=environment(home, now),
        input=stdin,
        cwd=cwd or home.parent,
        capture_output=True,
        text=True,
        timeout=60,
        **more,  # type: ignore[call-overload]
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def group_members(group: int) -> list[int]:
    """The processes of a group that are still there."""
    listed = subprocess.run(["ps", "-A", "-o", "pid=,pgid=,stat="], capture_output=True, text=True, check=True)
    rows = [line.split() for line in listed.stdout.splitlines()]
    return [int(pid) for pid, pgid, state in rows if int(pgid) == group and not state.startswith("Z")]


class Server:
    """A running `backroad start`."""

    def __init__(self, home: Path, port: int, process: subprocess.Popen[bytes], log: Path) -> None:
        self.home = home
        self.port = port
        self.process = process
        self.url = f"http://127.0.0.1:{port}"
        self._log = log

    def client(self, **options: object) -> httpx2.Client:
        plain = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)  # without it, each client would read all certificates
        return httpx2.Client(base_url=self.url, timeout=30, verify=plain, **options)  # type: ignore[arg-type]

    def settle(self, **answers: object) -> None:
        """Answer the five questions."""
        with self.client() as client:
            answer = client.post("/setup", data={**FIRST_FORM, **answers})
        assert answer.status_code == 303, answer.text

    @property
    def said(self) -> str:
        """What it wrote to its standard output and error so far."""
        return self._log.read_text(encoding="utf-8")

    def wait_until_up(self, seconds: float = 30) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            assert self.process.poll() is None, self.said
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return
            time.sleep(0.02)
        raise AssertionError(f"not up after {seconds} s: {self.said}")

    def stop(self, how: signal.Signals = signal.SIGINT, seconds: float = 45) -> int:
        """End it as Ctrl-C in a terminal would, by its own process group, and wait."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
        return self.process.wait(seconds)


@contextmanager
def serving(home: Path, *arguments: str, now: str = MONDAY, faults: bool = False) -> Iterator[Server]:
    """`backroad start` until the block ends. It must not log a fault of its own, unless `faults` says that it may."""
    port = free_port()
    log = home.parent / f"{home.name}-{port}.log"
    command: Sequence[str] = [*COMMAND, "start", "--no-browser", "--port", str(port), *arguments]
    with log.open("wb") as out:
        process = subprocess.Popen(
            command,
            env=environment(home, now),
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
    server = Server(home, port, process, log)
    try:
        server.wait_until_up()
        yield server
        server.stop()
        assert faults or "Traceback" not in server.said, server.said
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
