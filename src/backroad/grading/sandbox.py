"""Runs one grading in its sandbox, from outside: feeds it, hears it, bounds it, and ends it."""

import contextlib
import os
import selectors
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import psutil

from backroad.grading.child import Frame, Task
from backroad.grading.model import Bounds
from backroad.grading.runner import Runner, Started
from backroad.kit.errors import Problem
from backroad.verifier.events import Event
from backroad.verifier.report import Report

SAID = 64 * 1024 * 1024
"""Bytes of all frames."""
COMPLAINT = 4000
"""Bytes of standard error that are kept."""
TICK = 0.1
LOOK = 0.5
"""Seconds between two looks at the memory."""
_decode = msgspec.json.Decoder(Frame).decode


class Refused(Exception):
    """It cannot be judged, for a reason that lies with what was handed in."""


class Died(Exception):
    """The sandbox ended without a word: for the log, and for another attempt."""


class Stopped(Exception):
    """The worker did not want it any more."""


def grade(
    runner: Runner, task: Task, archive: bytes, labs: Path, *,
    on_event: Callable[[Event], None], unwanted: Callable[[], bool],
) -> Report:  # fmt: skip
    """The report; raises Refused, Died or Stopped. Whatever `on_event` raises ends it too."""
    sandbox = _Sandbox(runner.start(task.bounds, labs), task.bounds, watched=runner.watched)
    try:
        sandbox.feed(msgspec.json.encode(task) + b"\n" + archive)
        return sandbox.hear(on_event, unwanted)
    finally:
        sandbox.end()


def probe(runner: Runner, labs: Path, bounds: Bounds) -> None:
    """See whether this machine can contain a server; a Problem says what it lacks."""
    task = task_of(runner, labs, lab="", app="", seed="", size=0, bounds=msgspec.structs.replace(bounds, seconds=60))
    try:
        grade(runner, task, b"", labs, on_event=lambda event: None, unwanted=lambda: False)
    except (Refused, Died) as error:
        raise Problem(
            f"Nothing can be graded safely here: {error}",
            "See docs/grading.md for what a machine needs; --no-sandbox grades your own code without.",
        ) from None
    except _Ready:
        return


def task_of(runner: Runner, labs: Path, **fields: Any) -> Task:
    return msgspec.convert({"labs": str(labs.resolve()), **fields, **runner.task()}, Task)


class _Ready(Exception):
    """The answer to a probe."""


class _Sandbox:
    def __init__(self, started: Started, bounds: Bounds, *, watched: bool) -> None:
        assert started.process.stdout
        assert started.process.stderr
        self.started = started
        self.process = started.process
        self.bounds = bounds
        self.watched = watched
        self.out, self.err = started.process.stdout.fileno(), started.process.stderr.fileno()
        self.deadline = time.monotonic() + bounds.seconds
        self.next_look = 0.0
        self.rest = b""
        self.heard = 0
        self.complaint = b""
        self.frame: Frame | None = None

    def feed(self, data: bytes) -> None:
        """On a thread: a sandbox that does not read must not hold the worker."""
        pipe = self.process.stdin
        assert pipe

        def write() -> None:
            with contextlib.suppress(OSError, ValueError):
                pipe.write(data)
            with contextlib.suppress(OSError):
                pipe.close()

        threading.Thread(target=write, name="grading-feed", daemon=True).start()

    def hear(self, on_event: Callable[[Event], None], unwanted: Callable[[], bool]) -> Report:
        with selectors.DefaultSelector() as selector:
            for pipe in (self.out, self.err):
                selector.register(pipe, selectors.EVENT_READ)
            while selector.get_map() and self.frame is None:
                if unwanted():
                    raise Stopped
                self.look()
                for key, _ in selector.select(TICK):
                    data = os.read(key.fd, 65536)
                    if not data:
                        selector.unregister(key.fd)
                    elif key.fd == self.err:
                        self.complaint = (self.complaint + data)[-COMPLAINT:]
                    else:
                        self.take(data, on_event)
        return self.result()

    def look(self) -> None:
        now = time.monotonic()
        if now > self.deadline:
            raise Refused(f"It was stopped after {self.bounds.seconds} s.")
        if self.watched and now > self.next_look:
            self.next_look = now + LOOK
            if held(self.process.pid, self.bounds.memory) > self.bounds.memory:
                raise Refused(f"It was stopped with more than {self.bounds.memory >> 20} MiB of memory.")

    def take(self, data: bytes, on_event: Callable[[Event], None]) -> None:
        self.heard += len(data)
        if self.heard > SAID:
            raise Refused(f"It was stopped after {SAID >> 20} MiB of findings.")
        *lines, self.rest = (self.rest + data).split(b"\n")
        for line in lines:
            try:
                frame = _decode(line)
            except msgspec.MsgspecError as error:
                raise Died(f"its sandbox said something else than agreed ({error})") from None
            if frame.event is None:
                self.frame = frame
                return
            on_event(frame.event)

    def result(self) -> Report:
        if self.frame is None:
            said = self.complaint.decode(errors="replace").strip()[-500:]
            with contextlib.suppress(Exception):
                self.process.wait(5)
            raise Died(f"the sandbox ended with code {self.process.poll()}{f': {said}' if said else ''}")
        if self.frame.report is not None:
            return self.frame.report
        trouble = self.frame.trouble
        if trouble is None:
            raise _Ready
        raise (Refused if trouble.whose == "learner" else Died)(trouble.said)

    def end(self) -> None:
        self.started.end()
        for pipe in (self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()
        self.process.wait(10)


def held(pid: int, bound: int) -> int:
    """Bytes of memory that all processes below this one hold, files that are merely mapped left out.

    What forked processes still share counts for each, unless that would be too much: then it is shared out, which takes
    the kernel longer to say.
    """
    below: list[int] = []
    with contextlib.suppress(psutil.Error):
        below = [process.pid for process in psutil.Process(pid).children(recursive=True)]
    counted = {one: _kilobytes(one, "status", ("RssAnon:", "RssShmem:")) for one in below}
    total = sum(counted.values()) * 1024
    if total <= bound:
        return total
    return sum(_kilobytes(one, "smaps_rollup", ("Pss_Anon:", "Pss_Shmem:"), counted[one]) for one in below) * 1024


def _kilobytes(pid: int, file: str, names: tuple[str, ...], otherwise: int = 0) -> int:
    try:
        text = Path(f"/proc/{pid}/{file}").read_text(encoding="utf-8", errors="replace")
    except OSError:  # it has ended, or is not ours to look into
        return otherwise
    return sum(int(line.split()[1]) for line in text.splitlines() if line.startswith(names))
