"""Starts a child that runs what a learner wrote, feeds it, bounds it, and reads back what it says.

The child (`python_child.py`, `node_child.js`, `sqlite_child.py`) takes its own rights away first, see `guard.py`. From
here its time, its memory and its output are bounded, and its whole process group ends with it.

What comes back travels on a pipe of its own, apart from what the program prints, as lines of JSON that carry a random
token. Forged lines gain nothing in any case: the child never learns what is expected, the caller compares.
"""

import contextlib
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil

from backroad.drills.sandbox.group import GroupWatch

MEMORY = 256 * 1024 * 1024
PRINTED = 64 * 1024
SAID = 4 * 1024 * 1024
ENVIRONMENT = {"TZ": "UTC", "LC_ALL": "C.UTF-8", "PATH": os.defpath, "OPENSSL_CONF": os.devnull}
_TICK = 0.02
_AT_ONCE = threading.BoundedSemaphore(2)
_HERE = Path(__file__).resolve().parent


class Contained(msgspec.Struct, frozen=True):
    """`values` are what the child sent, in order. `stopped` says why it did not reach its end, as "after 5 s"."""

    values: tuple[Any, ...]
    printed: str
    complaint: str
    stopped: str


def child(name: str) -> str:
    return str(_HERE / name)


def contain(
    command: list[str], request: dict[str, Any], *, seconds: float, folder: str = "", processes: bool = False
) -> Contained:
    """Runs `command` with the number of its answering pipe appended, in an empty folder that is removed afterwards, or
    in `folder`, which stays. With `processes` the bounds are those of the whole process group."""
    token = secrets.token_hex(16)
    with _AT_ONCE, contextlib.nullcontext(folder) if folder else own_folder() as folder:
        asked = json.dumps(request | {"folder": folder, "token": token}).encode()
        reading, writing = os.pipe()
        try:
            process = subprocess.Popen(
                [*command, str(writing)],
                cwd=folder,
                env=ENVIRONMENT | {"HOME": folder, "TMPDIR": folder},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=[writing],
                start_new_session=True,
            )
        except BaseException:
            os.close(reading)
            raise
        finally:
            os.close(writing)
        with process, os.fdopen(reading, "rb", buffering=0) as said:
            group = GroupWatch(process.pid, folder, MEMORY) if processes and sys.platform == "linux" else None
            return _Watch(process, said.fileno(), asked, seconds, group).run(token)


@contextlib.contextmanager
def own_folder() -> Iterator[str]:
    """An empty folder, removed afterwards with whatever an answer left there."""
    folder = tempfile.mkdtemp(prefix="backroad-drill-")
    try:
        yield folder
    finally:
        with contextlib.suppress(RecursionError):
            shutil.rmtree(folder, ignore_errors=True)
        if os.path.lexists(folder):  # folders a thousand deep, or closed ones
            subprocess.run(["rm", "-rf", "--", folder], stderr=subprocess.DEVNULL, check=False)


class _Watch:
    def __init__(
        self, process: "subprocess.Popen[bytes]", said: int, asked: bytes, seconds: float, group: GroupWatch | None
    ) -> None:
        assert process.stdin
        assert process.stdout
        assert process.stderr
        self.process = process
        self.group = group
        self.asked = memoryview(asked)
        self.seconds = seconds
        self.deadline = time.monotonic() + seconds
        self.stdin, self.stdout, self.stderr, self.said = (
            process.stdin,
            process.stdout.fileno(),
            process.stderr.fileno(),
            said,
        )
        self.heard = {self.stdout: bytearray(), self.stderr: bytearray(), self.said: bytearray()}
        self.bounds = {self.stdout: PRINTED, self.stderr: PRINTED, self.said: SAID}
        os.set_blocking(self.stdin.fileno(), False)

    def run(self, token: str) -> Contained:
        try:
            stopped = self._follow()
        finally:
            # The group is its own: this also ends what the program left running.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
        code = self.process.wait()
        printed, complaint = (bytes(self.heard[pipe]).decode("utf-8", "replace") for pipe in (self.stdout, self.stderr))
        if not stopped and code < 0:
            stopped = f"after {self.seconds:g} s" if -code == signal.SIGXCPU else f"by {_signal(-code)}"
        return Contained(tuple(_values(bytes(self.heard[self.said]), token)), printed, complaint, stopped)

    def _follow(self) -> str:
        """Feeds and reads until all pipes are closed; why it was ended before that, or nothing."""
        watched = psutil.Process(self.process.pid)
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdin, selectors.EVENT_WRITE)
            for pipe in self.heard:
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map():
                if time.monotonic() > self.deadline:
                    return f"after {self.seconds:g} s"
                for key, _ in selector.select(_TICK):
                    if key.fileobj is self.stdin:
                        self._feed(selector)
                    elif self._hear(selector, key.fd):
                        return f"after {self.bounds[key.fd] // 1024} KiB of output"
                with contextlib.suppress(psutil.Error):
                    if watched.memory_info().rss > MEMORY:
                        return f"with more than {MEMORY >> 20} MiB of memory"
                if self.group and (excess := self.group.excess()):
                    return excess
                if self.process.poll() is not None and not selector.select(0):
                    return ""
        return ""

    def _feed(self, selector: selectors.BaseSelector) -> None:
        try:
            self.asked = self.asked[os.write(self.stdin.fileno(), self.asked[:65536]) :]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.asked = self.asked[:0]
        if not self.asked:
            selector.unregister(self.stdin)
            with contextlib.suppress(BrokenPipeError):
                self.stdin.close()

    def _hear(self, selector: selectors.BaseSelector, pipe: int) -> bool:
        """Whether there is too much of it."""
        chunk = os.read(pipe, 65536)
        self.heard[pipe] += chunk
        if not chunk:
            selector.unregister(pipe)
        if len(self.heard[pipe]) >= self.bounds[pipe]:
            del self.heard[pipe][self.bounds[pipe] :]
            return True
        return False


def _values(said: bytes, token: str) -> list[Any]:
    values = []
    for line in said.split(b"\n"):
        with contextlib.suppress(ValueError, RecursionError):
            frame = json.loads(line)
            if isinstance(frame, dict) and frame.get("token") == token:
                values.append(frame.get("value"))
    return values


def _signal(number: int) -> str:
    with contextlib.suppress(ValueError):
        return signal.Signals(number).name
    return f"signal {number}"
