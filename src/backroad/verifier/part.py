"""Single processes of a target that has several: each is stopped, killed and started by its name."""

import asyncio
import contextlib
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from backroad.verifier import processes
from backroad.verifier.config import Server
from backroad.verifier.dependencies.sources import Unavailable
from backroad.verifier.errors import StartFailed, VerifierError
from backroad.verifier.launching import StopResult, accepts, free_port, launch
from backroad.verifier.log_ring import LogReader, LogRing
from backroad.verifier.ready import last_lines
from backroad.verifier.wording import seconds

POLL = 0.005
ALIVE_FOR = 0.2  # seconds after which a part that listens nowhere counts as started


class Part:
    """One further process of a target. It ends with the target, and is started with it."""

    def __init__(self, name: str, server: Server, folder: Path, log: LogRing) -> None:
        self.name = name
        self.command = server.parts[name]
        self.address = ("127.0.0.1", free_port())
        self.wanted_up = False  # False while a check has stopped it on purpose
        self._server = server
        self._folder = folder
        self._log = log
        self._log_start = 0
        self._environment: Mapping[str, str] = {}
        self._mark = ""
        self._listens = False  # it did, the last time that it was started together with the target
        self._leader: subprocess.Popen[bytes] | None = None
        self._reader: LogReader | None = None
        self._known: list[psutil.Process] = []

    @property
    def variable(self) -> str:
        """The end of its variables: PART_PORT_STOCK."""
        return self.name.upper().replace("-", "_")

    @property
    def alive(self) -> bool:
        return self._leader is not None and self._leader.poll() is None

    @property
    def exit_code(self) -> int | None:
        return self._leader.poll() if self._leader is not None else None

    async def kill(self) -> None:
        """SIGKILL to all its processes."""
        self._running()
        self.wanted_up = False
        self.end()
        await asyncio.sleep(0)

    async def stop(self) -> StopResult:
        """SIGTERM, then after `stop_seconds` SIGKILL; returns when no process of it is left."""
        leader = self._running()
        self.wanted_up = False
        began = time.perf_counter()
        members = self.tree()
        processes.send(members, signal.SIGTERM)
        while leader.poll() is None or any(map(processes.living, members)):
            if time.perf_counter() > began + self._server.stop_seconds:
                self.end()
                return StopResult(time.perf_counter() - began, leader.returncode, killed=True)
            await asyncio.sleep(POLL)
        took = time.perf_counter() - began
        self.end()
        return StopResult(took, leader.returncode)

    async def start(self) -> None:
        """On the same port with the same data; returns once it listens, if it is one that listens."""
        if not self._environment:
            raise VerifierError("The target is not running.")
        if self.alive:
            raise VerifierError(f"The part {self.name} runs already.")
        self.end()
        self.launch(self._environment)
        began = time.perf_counter()
        while True:
            self.check()
            took = time.perf_counter() - began
            if await asyncio.to_thread(accepts, self.address) or (not self._listens and took > ALIVE_FOR):
                return
            if took > self._server.ready_seconds:
                limit = seconds(self._server.ready_seconds)
                log = last_lines(self._log.since(self._log_start))
                raise StartFailed(f"The part {self.name} did not listen on its port again within {limit}{log}")
            await asyncio.sleep(POLL)

    async def restart(self) -> StopResult:
        """Stop (unless it is down already) and start again."""
        stopped = await self.stop() if self.alive else StopResult(0.0, None)
        await self.start()
        return stopped

    def launch(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._mark = f"{environment[processes.MARK]}-{self.name}"
        own = {"PORT": str(self.address[1]), "HOST": self.address[0], processes.PART: self._mark}
        self._log_start = self._log.total
        self._leader, self._reader = launch(self.command, self._folder, {**environment, **own}, self._log)
        self.wanted_up = True

    def opened(self) -> None:
        """The target is ready: see that this part runs, and whether it listens."""
        self.check()
        self._known = self.tree()
        self._listens = self._listens or accepts(self.address)

    def check(self) -> None:
        code = self.exit_code
        if code is not None:
            log = last_lines(self._log.since(self._log_start))
            raise StartFailed(f"The part {self.name} exited with code {code}{log}")

    def tree(self) -> list[psutil.Process]:
        leader = self._leader
        return processes.tree(leader.pid, self._mark, variable=processes.PART) if leader is not None else []

    def end(self) -> None:
        leader, self._leader = self._leader, None
        if leader is None:
            return
        processes.kill_tree(leader, self._mark, known=self._known, variable=processes.PART)
        self._known = []
        if self._reader is not None:
            self._reader.finish(0.5)
            self._reader = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._leader is None:
            raise VerifierError(f"The part {self.name} is not running.")
        return self._leader


class Parts:
    """All parts of one target, by name."""

    def __init__(self, server: Server, folder: Path, log: LogRing) -> None:
        self._parts = {name: Part(name, server, folder, log) for name in server.parts}

    def __iter__(self) -> Iterator[Part]:
        return iter(self._parts.values())

    def __contains__(self, name: str) -> bool:
        return name in self._parts

    def get(self, name: str) -> Part:
        if name not in self._parts:
            raise Unavailable(
                f'needs to stop and start the process "{name}" alone, which backroad.toml does not name',
                hint=f'Give its command under [server.parts]: {name} = "…".',
            )
        return self._parts[name]

    def told(self) -> dict[str, str]:
        """Where each part is to listen: variables for all processes of the target."""
        told = {}
        for part in self:
            told[f"PART_PORT_{part.variable}"] = str(part.address[1])
            told[f"PART_URL_{part.variable}"] = f"http://{part.address[0]}:{part.address[1]}"
        return told

    def launch(self, environment: Mapping[str, str]) -> None:
        for part in self:
            part.launch(environment)

    def opened(self) -> None:
        for part in self:
            part.opened()

    def running(self) -> bool:
        return any(part.alive for part in self)

    def exit_codes(self) -> list[int | None]:
        return [part.exit_code for part in self]

    def lost(self) -> str:
        """Of a part that ended by itself, which and how; empty if none did."""
        ended = (part for part in self if part.wanted_up and not part.alive)
        return next((f"its part {part.name} with exit code {part.exit_code}" for part in ended), "")

    async def mend(self) -> list[str]:
        """Start those that are down; returns why, for each."""
        mended = []
        for part in self:
            if not part.alive:
                by = "it had ended by itself" if part.wanted_up else "the check left it stopped"
                await part.start()
                mended.append(f"the part {part.name}: {by}")
        return mended

    def end(self) -> None:
        for part in self:
            with contextlib.suppress(Exception):
                part.wanted_up = False
                part.end()
