"""The backend under test: starting, stopping, killing and watching it."""

import asyncio
import atexit
import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import weakref
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import psutil

from backroad.verifier import processes
from backroad.verifier.config import Config, Server, loopback_addresses, split_command
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.log_ring import LogReader, LogRing
from backroad.verifier.ready import wait_until_ready

POLL = 0.005


class StopResult(msgspec.Struct, frozen=True):
    seconds: float
    exit_code: int | None  # negative: the signal that ended it
    killed: bool = False  # SIGTERM was not enough


class Target:
    """Base URL alone: `controllable` is False and only requests are possible."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.controllable = bool(server.start)
        self.log = LogRing()
        self.data_dir: Path | None = None
        self.wanted_up = False  # False while a check has stopped it on purpose
        self.paused = False
        self._leader: subprocess.Popen[bytes] | None = None
        self._reader: LogReader | None = None
        self._known: list[psutil.Process] = []
        self._log_start = 0
        self._mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        if self.controllable:
            self.address = ("127.0.0.1", free_port())
            self.netloc = f"127.0.0.1:{self.address[1]}"
        else:
            parts = urlsplit(server.url)
            self.netloc = parts.netloc
            self._candidates = loopback_addresses(parts.hostname or "", parts.port or 80)
            self.address = self._candidates[0]
        self.base_url = f"http://{self.netloc}"

    @classmethod
    def of(cls, config: Config) -> "Target":
        return cls(config.server, config.folder)

    @property
    def command(self) -> str:
        return self.server.start.replace("{python}", "python") or self.server.url

    async def open(self) -> None:
        """Start it, or see that it answers; else StartFailed."""
        if self.controllable:
            self.data_dir = Path(tempfile.mkdtemp(prefix="backroad-data-"))
            _opened.add(self)
            await self.start()
            return
        for address in self._candidates:
            if await asyncio.to_thread(accepts, address):
                self.address = address
                return
        raise StartFailed(f"Nothing answers at {self.base_url}.", hint="Start your server, then try again.")

    async def start(self) -> None:
        """Start it on the same port with the same data, and wait until it is ready."""
        self._need_control()
        if self._leader is not None:
            raise VerifierError("The target runs already.")
        self.wanted_up = True
        self._launch()
        assert self._leader is not None
        try:
            await wait_until_ready(self.server, self.address, self._leader, self._log_tail, self.tree)
        except BaseException:
            self.wanted_up = False
            self._end()
            raise
        self._known = self.tree()

    def _launch(self) -> None:
        words = split_command(self.server.start)
        reading, writing = os.pipe()
        try:
            self._leader = subprocess.Popen(
                words, cwd=self.folder, env=self._environment(), stdin=subprocess.DEVNULL, stdout=writing,
                stderr=writing, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            os.close(reading)
            raise StartFailed(*_cannot_run(words[0], self.folder, error)) from None
        finally:
            os.close(writing)
        self._log_start = self.log.total
        self._reader = LogReader(reading, self.log)

    def _environment(self) -> dict[str, str]:
        own = {
            "PORT": str(self.address[1]),
            "HOST": self.address[0],
            "BASE_URL": self.base_url,
            "DATA_DIR": str(self.data_dir),
            processes.MARK: self._mark,
        }
        return {"PYTHONUNBUFFERED": "1", **os.environ, **self.server.env, **own}

    async def stop(self) -> StopResult:
        """SIGTERM, then after `stop_seconds` SIGKILL; returns when no process of it is left."""
        leader = self._running()
        self.wanted_up = False
        began = time.perf_counter()
        members = self.tree()
        self.resume_now()
        processes.send(members, signal.SIGTERM)
        deadline = began + self.server.stop_seconds
        while leader.poll() is None or any(map(processes.living, members)):
            if time.perf_counter() > deadline:
                self._end()
                return StopResult(time.perf_counter() - began, leader.returncode, killed=True)
            await asyncio.sleep(POLL)
        took = time.perf_counter() - began
        self._end()
        return StopResult(took, leader.returncode)

    async def kill(self) -> None:
        """SIGKILL to the whole process group and to descendants that left it."""
        self._running()
        self.wanted_up = False
        self._end()
        await asyncio.sleep(0)

    async def restart(self) -> StopResult:
        """Stop (unless it is down already) and start again."""
        self._need_control()
        stopped = StopResult(0.0, None)
        if self._leader is not None and self._leader.poll() is None:
            stopped = await self.stop()
        self._end()
        await self.start()
        return stopped

    async def pause(self) -> None:
        """SIGSTOP: connections are accepted by the kernel, nothing is answered."""
        self._running()
        processes.send(self.tree(), signal.SIGSTOP)
        self.paused = True

    async def resume(self) -> None:
        self._running()
        self.resume_now()

    def resume_now(self) -> None:
        if self.paused:
            processes.send(self.tree(), signal.SIGCONT)
            self.paused = False

    def logs(self) -> str:
        """What it wrote to stdout and stderr: the first 64 KiB and the last 256 KiB."""
        return self.log.text()

    def memory(self) -> int:
        """Resident bytes of all its processes."""
        self._need_control()
        return processes.rss(self.tree())

    def tree(self) -> list[psutil.Process]:
        return processes.tree(self._leader.pid, self._mark) if self._leader is not None else []

    async def down(self) -> bool:
        """True if nothing accepts connections any more."""
        if self.paused:
            return False
        return not await asyncio.to_thread(accepts, self.address)

    @property
    def exit_code(self) -> int | None:
        return self._leader.poll() if self._leader is not None else None

    def close(self) -> None:
        """End everything and remove the data; safe to call twice and from any place."""
        self._end()
        if self.data_dir is not None:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        _opened.discard(self)

    async def shut(self) -> None:
        """Like close(), after a short chance to end by itself."""
        if self._leader is not None and self._leader.poll() is None:
            self.resume_now()
            processes.send(self.tree(), signal.SIGTERM)
            left = min(1.0, self.server.stop_seconds)
            while self._leader.poll() is None and left > 0:
                await asyncio.sleep(POLL)
                left -= POLL
        self.close()

    def _end(self) -> None:
        leader, self._leader = self._leader, None
        self.paused = False
        if leader is None:
            return
        processes.kill_tree(leader, self._mark, known=self._known)
        self._known = []
        if self._reader is not None:
            self._reader.finish(0.5)
            self._reader = None

    def _log_tail(self) -> str:
        if self._reader is not None and self.exit_code is not None:
            self._reader.finish(0.2)
        return self.log.since(self._log_start)

    def _need_control(self) -> None:
        if not self.controllable:
            raise VerifierError("The target was given as a URL, so it cannot be started or stopped.")

    def _running(self) -> subprocess.Popen[bytes]:
        self._need_control()
        if self._leader is None:
            raise VerifierError("The target is not running.")
        return self._leader


_opened: "weakref.WeakSet[Target]" = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    for target in list(_opened):
        target.close()


def free_port() -> int:
    """Below the ports that the kernel hands to clients: none of them takes it while the target is down."""
    for _ in range(50):
        port = 12000 + secrets.randbelow(20000)
        with socket.socket() as sock, contextlib.suppress(OSError):
            sock.bind(("127.0.0.1", port))
            return port
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def accepts(address: tuple[str, int]) -> bool:
    try:
        with socket.create_connection(address, timeout=1):
            return True
    except OSError:
        return False


def _cannot_run(word: str, folder: Path, error: OSError) -> tuple[str]:
    if isinstance(error, FileNotFoundError):
        if not folder.is_dir():
            return (f"The folder {folder} does not exist.",)
        return (f'The start command cannot run: there is no program "{word}" on PATH or in {folder}.',)
    if isinstance(error, PermissionError):
        return (f'The start command cannot run: "{word}" is not executable.',)
    return (f'The start command cannot run: "{word}": {error.strerror}.',)
