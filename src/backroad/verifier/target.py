"""The backend under test: starting, stopping, killing and watching it."""

import asyncio
import atexit
import os
import shutil
import signal
import subprocess
import tempfile
import time
import weakref
from collections.abc import Mapping
from pathlib import Path

import msgspec
import psutil

from backroad.verifier import processes
from backroad.verifier.commands import Ended, run_command
from backroad.verifier.config import Config, Server
from backroad.verifier.dial import Security
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.launching import StopResult as StopResult
from backroad.verifier.launching import accepts, launch
from backroad.verifier.launching import free_port as free_port
from backroad.verifier.location import Location, need_permission
from backroad.verifier.log_ring import LogReader, LogRing
from backroad.verifier.part import Part, Parts
from backroad.verifier.ready import last_lines, wait_until_ready
from backroad.verifier.wording import seconds

POLL = 0.005


class Target:
    """Base URL alone: `controllable` is False and only requests are possible."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.server = server
        self.folder = folder
        self.controllable = bool(server.start)
        self.log = LogRing()
        self.parts = Parts(server, folder, self.log)
        self.data_dir: Path | None = None
        self._lent_data = False  # it belongs to another target, which removes it
        self.wanted_up = False  # False while a check has stopped it on purpose
        self.paused = False
        self._leader: subprocess.Popen[bytes] | None = None
        self._reader: LogReader | None = None
        self._known: list[psutil.Process] = []
        self._told: dict[str, str] = {}  # variables that say what is around it
        self._log_start = 0
        self._mark = f"{os.getpid()}-{os.urandom(8).hex()}"
        if self.controllable:
            self.address = ("127.0.0.1", free_port())
            self.netloc = f"127.0.0.1:{self.address[1]}"
            self.base_url = f"http://{self.netloc}"
            self.security: Security | None = None
        else:
            self._location = Location.of(server)
            self.netloc, self.base_url = self._location.netloc, self._location.base_url
            self.security = self._location.security
            self.address = self._location.addresses[0]

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
            await self.migrate()
            await self.start()
            return
        for address in self._location.addresses:
            if await asyncio.to_thread(accepts, address):
                self.address = address
                if self.server.allow:
                    await need_permission(self._location, address, self.server.challenge)
                return
        raise StartFailed(f"Nothing answers at {self.base_url}.", hint="Start your server, then try again.")

    async def migrate(self) -> None:
        """Bring an empty database to what the code needs, with the command that is named for it, if any."""
        if "migrate" not in self.server.commands:
            return
        ended = await self.run_command("migrate")
        if ended.exit_code != 0:
            how = "did not end" if ended.exit_code is None else f"exited with code {ended.exit_code}"
            raise StartFailed(f"The migrate command {how} after {seconds(ended.seconds)}{last_lines(ended.output)}")

    async def run_command(self, name: str, *, file: Path | None = None) -> Ended:
        """One of the commands of backroad.toml, beside the server or without it, with its environment."""
        self._need_control()
        return await run_command(self.server.commands[name], self.folder, self._environment(), file=file)

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
            self.parts.opened()
        except BaseException:
            self.wanted_up = False
            self._end()
            raise
        self._known = self.tree()

    def _launch(self) -> None:
        environment = self._environment()
        self._log_start = self.log.total
        try:
            self.parts.launch(environment)
            self._leader, self._reader = launch(self.server.start, self.folder, environment, self.log)
        except BaseException:
            self.parts.end()
            raise

    def _environment(self) -> dict[str, str]:
        own = {
            "PORT": str(self.address[1]),
            "HOST": self.address[0],
            "BASE_URL": self.base_url,
            "DATA_DIR": str(self.data_dir),
            processes.MARK: self._mark,
            **self.parts.told(),
        }
        return {"PYTHONUNBUFFERED": "1", **os.environ, **self.server.env, **self._told, **own}

    def part(self, name: str) -> Part:
        """One process of several; raises Unavailable where backroad.toml names no such part."""
        return self.parts.get(name)

    def twin(self, env: Mapping[str, str], *, own_data: bool = False) -> "Target":
        """The same server once more, not started: another port, the same data and surroundings.

        With `own_data` it has an empty DATA_DIR of its own.
        """
        self._need_control()
        twin = Target(msgspec.structs.replace(self.server, parts={}), self.folder)
        twin.data_dir, twin._lent_data = self.data_dir, True
        if own_data:
            twin.data_dir, twin._lent_data = Path(tempfile.mkdtemp(prefix="backroad-data-")), False
            _opened.add(twin)
        twin.surround({**self._told, **self.parts.told(), **env})
        return twin

    def surround(self, told: Mapping[str, str]) -> None:
        """Variables that say what is around it, from the next start on."""
        self._told = dict(told)

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
        code = next((code for code in (leader.returncode, *self.parts.exit_codes()) if code), leader.returncode)
        self._end()
        return StopResult(took, code)

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
        self.log.catch_up(0.2)
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
        if self.data_dir is not None and not self._lent_data:
            shutil.rmtree(self.data_dir, ignore_errors=True)
        _opened.discard(self)

    async def shut(self) -> None:
        """Like close(), after a short chance to end by itself."""
        if self._leader is not None and self._leader.poll() is None:
            self.resume_now()
            processes.send(self.tree(), signal.SIGTERM)
            left = min(1.0, self.server.stop_seconds)
            while (self._leader.poll() is None or self.parts.running()) and left > 0:
                await asyncio.sleep(POLL)
                left -= POLL
        self.close()

    def _end(self) -> None:
        leader, self._leader = self._leader, None
        self.paused = False
        if leader is None:
            return
        processes.kill_tree(leader, self._mark, known=self._known)
        self.parts.end()
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
