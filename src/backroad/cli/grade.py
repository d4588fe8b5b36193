"""`backroad grade`: workers that judge what learners hand in."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Annotated, Any, Literal

from cyclopts import Parameter

from backroad.cli.output import print_text
from backroad.grading.model import Bounds
from backroad.kit.errors import Problem

GRACE = 30.0
"""Seconds that a worker has to give back what it grades."""
QUICK = 5.0
"""A worker that ends sooner is started again only after so many seconds."""


def grade(
    *,
    workers: Annotated[int, Parameter(help="How many grade at once.", env_var="BACKROAD_GRADING_WORKERS")] = 1,
    runner: Annotated[
        Literal["bubblewrap", "docker"], Parameter(help="What contains them.", env_var="BACKROAD_GRADING_RUNNER")
    ] = "bubblewrap",
    image: Annotated[
        str, Parameter(help="With --runner docker: an image that holds Backroad.", env_var="BACKROAD_GRADING_IMAGE")
    ] = "",
    tools: Annotated[
        tuple[Path, ...],
        Parameter(help="A folder that servers may read; its bin comes first on PATH.", consume_multiple=True),
    ] = (),
    seconds: Annotated[int, Parameter(help="Wall clock of one grading.")] = Bounds().seconds,
    memory: Annotated[int, Parameter(help="MiB of memory of one grading.")] = Bounds().memory >> 20,
    disk: Annotated[int, Parameter(help="MiB of files of one grading.")] = Bounds().disk >> 20,
    processes: Annotated[int, Parameter(help="Processes and threads of one grading.")] = Bounds().processes,
    sandbox: Annotated[
        bool, Parameter(help="With --no-sandbox, what is handed in runs as you, and counts as run by yourself.")
    ] = True,
    until_empty: Annotated[bool, Parameter(negative="", help="End when nothing waits any more.")] = False,
    below: Annotated[int, Parameter(show=False)] = 0,
) -> int:
    """Grade submissions until Ctrl-C. Any number of machines may do so on one database."""
    if not 1 <= workers <= 256:
        raise Problem(f"There cannot be {workers} workers.", "Give a number from 1 to 256.")
    bounds = _bounds(seconds, memory, disk, processes)
    if workers > 1:
        return _Group(workers, until_empty).run()
    from backroad.cli.product import opened
    from backroad.grading import sandbox as sandbox_
    from backroad.grading.worker import Worker

    chosen = _runner(runner, image, tools) if sandbox else _bare()
    with opened() as product:
        if sandbox:
            sandbox_.probe(chosen, product.labs.root, bounds)
        worker = Worker(product.db, product.labs, product.facts, chosen, bounds=bounds)
        _stop_on_signals(worker.stopping)
        if below:
            threading.Thread(target=_follow_parent, args=(below, worker.stopping), daemon=True).start()
        print_text(f"{worker.name} grades   (Ctrl-C ends it; what it grades then goes to another one)")
        ended = worker.work(until_empty=until_empty)
        print_text(f"{worker.name} has ended {ended}")
    return 0


def _bounds(seconds: int, memory: int, disk: int, processes: int) -> Bounds:
    for name, value, least, most in (
        ("seconds", seconds, 10, 540), ("memory", memory, 256, 65536), ("disk", disk, 64, 16384),
        ("processes", processes, 64, 8192),
    ):  # fmt: skip
        if not least <= value <= most:
            raise Problem(f"--{name} is {value}.", f"Give a number from {least} to {most}.")
    return Bounds(seconds=seconds, memory=memory << 20, disk=disk << 20, processes=processes)


def _runner(name: str, image: str, tools: tuple[Path, ...]) -> Any:
    from backroad.grading.runner import Bubblewrap, Docker

    for tool in tools:
        if not tool.is_dir():
            raise Problem(f"{tool} is no folder.", "Name the folder in which the tools' bin lies.")
    return Docker(image) if name == "docker" else Bubblewrap([tool.resolve() for tool in tools])


def _bare() -> Any:
    from backroad.grading.runner import Bare

    print_text("Without a sandbox: what is handed in runs as you. Nothing of it counts as supervised.")
    return Bare()


def _stop_on_signals(stopping: threading.Event) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: stopping.set())


def _follow_parent(parent: int, stopping: threading.Event) -> None:
    """A worker whose group was killed gives back what it grades and ends."""
    while os.getppid() == parent:
        if stopping.wait(1.0):
            return
    stopping.set()


class _Group:
    """Several workers, each a process of its own; one that dies is started anew."""

    def __init__(self, workers: int, until_empty: bool) -> None:
        self.workers = workers
        self.until_empty = until_empty
        self.stopping = threading.Event()
        words = _without("--workers", sys.argv[1:])
        self.command = [
            sys.executable, "-c", "from backroad.cli import main; main()", *words, "--workers", "1", "--below",
            str(os.getpid()),
        ]  # fmt: skip

    def run(self) -> int:
        """0, or 1 where a worker told why it cannot work."""
        _stop_on_signals(self.stopping)
        began = dict.fromkeys(range(self.workers), 0.0)
        running: dict[int, subprocess.Popen[bytes]] = {}
        codes: list[int] = []
        while not self.stopping.is_set() and (running or began):
            for number in [number for number in began if number not in running]:
                if time.monotonic() - began[number] > QUICK:
                    began[number] = time.monotonic()
                    running[number] = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, start_new_session=True)
            self.stopping.wait(0.2)
            for number, process in list(running.items()):
                code = process.poll()
                if code is None:
                    continue
                del running[number]
                if code == 1 or (code == 0 and self.until_empty):  # a Problem, which it has told; or done
                    codes.append(code)
                    del began[number]
        self._end(list(running.values()))
        return max(codes, default=0)

    def _end(self, running: list["subprocess.Popen[bytes]"]) -> None:
        for process in running:
            process.terminate()
        deadline = time.monotonic() + GRACE
        for process in running:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _without(option: str, words: list[str]) -> list[str]:
    """The words of a command line without an option and its value."""
    left, skip = [], False
    for word in words:
        if not skip and word != option and not word.startswith(f"{option}="):
            left.append(word)
        skip = not skip and word == option
    return left
