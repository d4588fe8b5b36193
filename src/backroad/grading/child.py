"""One grading, inside its sandbox: unpacks, builds, proves, and says on standard output what happens.

Standard input is a line of JSON (`Task`) and then the archive. Standard output is one line of JSON a `Frame`. Nothing
that came from the learner is read before the rights of this process are what the sandbox leaves of them.
"""

import contextlib
import ctypes
import json
import os
import resource
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

import msgspec

from backroad.grading import confine
from backroad.grading.archive import unpack
from backroad.grading.model import Bounds
from backroad.kit.errors import Problem
from backroad.kit.paths import labs_dir
from backroad.verifier.config import Config, read_config, split_command
from backroad.verifier.errors import VerifierError
from backroad.verifier.events import Event, RunFinished, RunStarted
from backroad.verifier.lab import Lab, load_lab
from backroad.verifier.report import Report
from backroad.verifier.run import prove

OWN = Path("/tmp")
"""The learner's, in a sandbox: the folder is in `app`, and whatever the server makes may lie beside it."""
JUDGE = Path("/judge")
"""The verifier's: data of PostgreSQL and Redis, the policy."""
FILES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty")
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/opt", "/nix", "/srv", "/home", "/root")
BUILD_SHARE = 0.6
"""Of the wall clock, for a build."""
SET_DUMPABLE = 4
TOLD = 2000
"""Characters that a trouble may say."""


class Task(msgspec.Struct, frozen=True, kw_only=True):
    lab: str
    app: str
    labs: str
    """Folder of the labs; empty: those of this installation."""
    seed: str
    size: int
    """Bytes of the archive that follows. 0: only see whether a server can be contained here."""
    bounds: Bounds
    user: int = 0
    """To become this user first; 0: stay who one is."""
    confined: bool = True
    count_processes: bool = True
    """False where others have this user too: whatever is around bounds them then."""
    runnable: tuple[str, ...] = ()
    """Further folders that the server may read and execute from: those of its tools."""
    own: str = str(OWN)
    judge: str = str(JUDGE)


class Trouble(msgspec.Struct, frozen=True):
    """Why there is no report. `whose` it is: the learner's, or of this machine, so that another one may do better."""

    whose: str
    said: str


class Frame(msgspec.Struct, frozen=True, omit_defaults=True):
    event: Event | None = None
    report: Report | None = None
    trouble: Trouble | None = None


class Unfit(Exception):
    """This machine cannot contain a server."""


def main() -> int:
    task = msgspec.json.decode(sys.stdin.buffer.readline(), type=Task)
    if len(sys.argv) > 1:  # no sandbox: two folders of the machine
        task = msgspec.structs.replace(task, own=f"{sys.argv[1]}/own", judge=f"{sys.argv[1]}/judge")
    if task.user:
        os.setgroups([])
        os.setresgid(task.user, task.user, task.user)
        os.setresuid(task.user, task.user, task.user)
    if sys.platform == "linux":  # what /proc tells of this process is root's from now on
        ctypes.CDLL(None).prctl(SET_DUMPABLE, 0)
    archive = sys.stdin.buffer.read(task.size)
    # A descriptor that programs do not inherit: what they print cannot look like a frame.
    with os.fdopen(os.dup(1), "wb") as out:
        os.dup2(2, 1)
        frame = _graded(task, archive, out)
        _send(out, frame)
    return 0


def _send(out: IO[bytes], frame: Frame) -> None:
    out.write(msgspec.json.encode(frame) + b"\n")
    out.flush()


def _graded(task: Task, archive: bytes, out: IO[bytes]) -> Frame:
    try:
        _make_folders(task)
        prefix = _policy_file(task) if task.confined else []
        if not task.size:
            return Frame()
        lab = load_lab(Path(task.labs or labs_dir()) / task.lab, task.app)
    except (Unfit, VerifierError, OSError) as error:
        return Frame(trouble=Trouble("machine", f"{type(error).__name__}: {error}"[-TOLD:]))
    try:
        return Frame(report=_proved(lab, read_config(_unpacked(task, archive)), task, prefix, out))
    except (Problem, VerifierError) as error:
        return Frame(trouble=Trouble("learner", str(error)[-TOLD:]))


def _proved(lab: Lab, config: Config, task: Task, prefix: list[str], out: IO[bytes]) -> Report:
    command = config.server.start.replace("{python}", "python")  # as the learner wrote it

    def on_event(event: Event) -> None:
        if isinstance(event, RunStarted):
            event = msgspec.structs.replace(event, command=command)
        if not isinstance(event, RunFinished):  # its report is sent by itself
            _send(out, Frame(event=event))

    config = contained(config, prefix)
    _build(config, task)
    report = prove(lab, config, seed=task.seed, on_event=on_event)
    return msgspec.structs.replace(report, command=command)


def _make_folders(task: Task) -> None:
    own, judge = Path(task.own), Path(task.judge)
    for folder in (own / "app", own / "home"):
        folder.mkdir(parents=True, exist_ok=True)
    judge.mkdir(parents=True, exist_ok=True)
    os.environ.update(HOME=str(judge), TMPDIR=str(judge), BACKROAD_SERVICES=str(judge))
    tempfile.tempdir = str(own)  # DATA_DIR and backups, which the server writes


def _unpacked(task: Task, archive: bytes) -> Path:
    folder = Path(task.own) / "app"
    try:
        unpack(archive, folder)
    except OSError as error:
        raise Problem(f"The folder cannot be unpacked: {error.strerror}.", "Hand in less.") from None
    return folder


def policy(task: Task) -> dict[str, object]:
    """What confine.py allows."""
    bounds = task.bounds
    limits = {
        "RLIMIT_CPU": bounds.seconds, "RLIMIT_DATA": bounds.memory, "RLIMIT_FSIZE": bounds.file, "RLIMIT_CORE": 0,
        "RLIMIT_MSGQUEUE": 0, "RLIMIT_MEMLOCK": 0,
        "RLIMIT_NOFILE": min(bounds.open_files, resource.getrlimit(resource.RLIMIT_NOFILE)[1]),
    }  # fmt: skip
    return {
        "limits": limits | ({"RLIMIT_NPROC": bounds.processes} if task.count_processes else {}),
        "runnable": [*SYSTEM, *task.runnable],
        "environment": {"HOME": f"{task.own}/home", "TMPDIR": task.own},
        "readable": ["/etc", "/proc", "/sys", "/dev"],
        "files": list(FILES),
        "whole": [task.own, "/dev/shm"],
    }


def contained(config: Config, words: list[str]) -> Config:
    """The same, with these words before every command, and what backroad.toml sets out of the loader's sight."""
    if not words:
        return config
    prefix = shlex.join(words)
    server = config.server
    return msgspec.structs.replace(
        config,
        server=msgspec.structs.replace(
            server,
            start=f"{prefix} {server.start}",
            parts={name: f"{prefix} {command}" for name, command in server.parts.items()},
            commands={name: f"{prefix} {command}" for name, command in server.commands.items()},
            env={confine.VARIABLES: json.dumps(server.env)} if server.env else {},
        ),
    )


def _policy_file(task: Task) -> list[str]:
    """Writes it; returns the words before a command that is to be confined by it, which were tried once."""
    file = Path(task.judge) / "confine.json"
    file.write_text(json.dumps(policy(task)), encoding="utf-8")
    words = [sys.executable, "-I", "-S", str(Path(confine.__file__).resolve()), str(file)]
    tried = subprocess.run([*words, "/bin/sh", "-c", "exit 0"], capture_output=True, text=True, check=False, timeout=30)
    if tried.returncode:
        raise Unfit(tried.stderr.strip()[-300:] or f"confine.py ended with code {tried.returncode}")
    return words


def _build(config: Config, task: Task) -> None:
    """What the folder needs before its first start, without network: compile, or install from what the worker has."""
    command = config.server.commands.get("build")
    if command is None:
        return
    with tempfile.TemporaryFile() as log:
        try:
            code: int | None = subprocess.run(
                split_command(command), cwd=config.folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                env={**os.environ, **config.server.env}, timeout=task.bounds.seconds * BUILD_SHARE, check=False,
                start_new_session=True,
            ).returncode  # fmt: skip
        except subprocess.TimeoutExpired:
            code = None
        except OSError as error:
            raise Problem(f"The build command cannot run: {error.strerror}.") from None
        if code != 0:
            log.seek(max(0, log.seek(0, os.SEEK_END) - 1000))
            how = "took too long" if code is None else f"exited with code {code}"
            raise Problem(f"The build command {how}. Its log ends: {log.read().decode(errors='replace').strip()}")


if __name__ == "__main__":
    with contextlib.suppress(BrokenPipeError):
        sys.exit(main())
