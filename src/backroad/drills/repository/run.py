"""Makes the repository of a drill, runs commands in it, and reads what became of it; each in a process of its own."""

import functools
import os
import re
import shutil
import stat
import subprocess
import sys
from pathlib import Path

import msgspec

from backroad.drills.repository.state import State
from backroad.drills.sandbox.contain import Contained, child, contain, own_folder
from backroad.kit.errors import Problem

SECONDS = 10
CONTENT_SECONDS = 30
OLDEST = (2, 30)
MISSING = "git 2.30"
KEPT = ("repo", "server.git")
MOST_FILES = 5000
MOST_BYTES = 32 * 1024 * 1024
_OVERWRITTEN = re.compile(r"[^\n]*\r|\x1b\[[0-9;]*[A-Za-z]")
_TOOLS = (
    "sh", "git", "cat", "cp", "mv", "rm", "mkdir", "rmdir", "ls", "ln", "echo", "printf", "test", "[", "true",
    "false", "head", "tail", "sort", "uniq", "wc", "cut", "tr", "seq", "tee", "touch", "date", "env", "expr",
    "basename", "dirname", "pwd", "mktemp", "sleep", "paste", "comm", "join", "nl", "od", "cksum", "sha1sum",
    "uname", "chmod", "sed", "grep", "diff", "cmp", "find", "xargs", "awk",
)  # fmt: skip


class Tools(msgspec.Struct, frozen=True):
    """What the commands of a drill may run: names and where the programs lie."""

    programs: dict[str, str]
    exec_path: str


class Kept(msgspec.Struct, frozen=True):
    """A file or, without content, a folder."""

    path: str
    runs: bool = False
    content: bytes | None = None


class Ran(msgspec.Struct, frozen=True):
    """What commands printed and left. `stopped` says why they did not reach their end; `asked`, that one of them read
    what nobody typed."""

    state: State
    printed: str
    stopped: str
    asked: bool


@functools.cache
def tools() -> Tools | None:
    """None where there is no Git that is new enough."""
    git = shutil.which("git")
    if git is None:
        return None
    asked = subprocess.run([git, "--version", "--build-options"], capture_output=True, text=True, timeout=20)
    version = re.search(r"git version (\d+)\.(\d+)", asked.stdout)
    if not version or (int(version[1]), int(version[2])) < OLDEST:
        return None
    exec_path = subprocess.run([git, "--exec-path"], capture_output=True, text=True, timeout=20).stdout.strip()
    found = {name: shutil.which(name) for name in _TOOLS}
    return Tools({name: os.path.realpath(path) for name, path in found.items() if path}, exec_path)


def _tools() -> Tools:
    found = tools()
    if found is None:
        raise Problem(
            "Git is not installed, or older than 2.30, so this drill cannot be run here.", "Install Git 2.30 or newer."
        )
    return found


def _request(**more: object) -> dict[str, object]:
    found = _tools()
    return {"tools": found.programs, "exec_path": found.exec_path, **more}


def _contain(program: str, request: dict[str, object], folder: str, seconds: float) -> Contained:
    command = [sys.executable, "-I", "-S", child(program)]
    contained = contain(command, request, seconds=seconds, folder=folder, processes=True)
    if not contained.values and not contained.stopped:
        raise Problem(f"The sandbox did not start: {contained.complaint.strip()[-300:]}", "Report it.")
    return contained


def make(setup: str) -> tuple[Kept, ...]:
    """The files of the prepared repository; a `Problem` where the setup does not run to its end."""
    with own_folder() as folder:
        contained = _contain("git_child.py", _request(commands=setup, ours=True, setup=True), folder, CONTENT_SECONDS)
        told = contained.values[0] if contained.values else {}
        if contained.stopped or told.get("ended") != 0:
            said = told.get("broken") or contained.complaint.strip().rpartition("\n")[2]
            raise Problem(f"`setup` does not run: {f'stopped {contained.stopped}' if contained.stopped else said}.")
        return _kept(folder)


@functools.lru_cache(maxsize=256)
def prepared(setup: str) -> tuple[Kept, ...]:
    return make(setup)


@functools.lru_cache(maxsize=256)
def began(setup: str) -> State:
    """What the setup leaves."""
    with own_folder() as folder:
        lay_out(prepared(setup), folder)
        return _read(folder)


def run(setup: str, commands: str, *, ours: bool = False) -> Ran:
    """Commands in the prepared repository. Those that ship with Backroad, `ours`, may run uncontained where this
    machine contains nothing."""
    with own_folder() as folder:
        lay_out(prepared(setup), folder)
        seconds = CONTENT_SECONDS if ours else SECONDS
        contained = _contain("git_child.py", _request(commands=commands, ours=ours, setup=False), folder, seconds)
        told = contained.values[0] if contained.values else {}
        if told.get("refused"):
            raise Problem(
                "Commands cannot be contained on this machine: that takes Linux with Landlock and seccomp.",
                "Do this drill in a terminal, with `backroad drill` and its name.",
            )
        if "broken" in told:
            raise Problem(f"This does not run: {told['broken']}.", "Change it and answer again; this was not counted.")
        try:
            state = _read(folder)
        except Problem:
            if contained.stopped:
                raise Problem(f"The commands were stopped {contained.stopped}.", "Change them; this was not counted.")
            raise
        return Ran(state, _plain(contained.printed, folder), contained.stopped, bool(told.get("asked")))


def _plain(printed: str, folder: str) -> str:
    """As a terminal would show it in the end, and the same each time."""
    left = _OVERWRITTEN.sub("", printed.replace("\r\n", "\n"))
    return left.replace(f"{folder}/home/commands", "commands").replace(folder, "/drill")


@functools.lru_cache(maxsize=512)
def ran(setup: str, commands: str) -> Ran:
    """The same for commands that ship with Backroad, once in the life of this process."""
    return run(setup, commands, ours=True)


def remade(setup: str) -> State:
    """As `began`, made once more."""
    with own_folder() as folder:
        lay_out(make(setup), folder)
        return _read(folder)


def _read(folder: str) -> State:
    contained = _contain("git_reader.py", _request(), folder, CONTENT_SECONDS)
    told = contained.values[0] if contained.values else {"unreadable": f"reading stopped {contained.stopped}"}
    if "unreadable" in told:
        raise Problem(f"The repository cannot be judged: {told['unreadable']}.", "Start again; this was not counted.")
    return msgspec.convert(told, State)


def read_copy(folder: Path) -> State:
    """Of the repository that somebody worked on in this folder, which is left alone."""
    with own_folder() as copy:
        try:
            _copy(folder, Path(copy))
        except OSError as error:
            raise Problem(f"{error.filename or folder} cannot be read: {error.strerror}.", "Look at its permissions.")
        return _read(copy)


def lay_out(files: tuple[Kept, ...], folder: str) -> None:
    for kept in files:
        path = Path(folder, kept.path)
        if kept.content is None:
            path.mkdir()
        else:
            made = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o777 if kept.runs else 0o666)
            with os.fdopen(made, "wb") as file:
                file.write(kept.content)


def _kept(folder: str) -> tuple[Kept, ...]:
    found: list[Kept] = []
    waiting = [Path(name) for name in KEPT if Path(folder, name).is_dir()]
    while waiting:
        below = waiting.pop(0)
        found.append(Kept(str(below)))
        for path in sorted(Path(folder, below).iterdir()):
            if path.is_dir():
                waiting.append(below / path.name)
            elif path.is_file():
                runs = bool(path.stat().st_mode & stat.S_IXUSR)
                found.append(Kept(str(below / path.name), runs, path.read_bytes()))
    return tuple(found)


def _copy(source: Path, target: Path) -> None:
    """Files, folders and links as they are; nothing else, and not too much."""
    count = size = 0
    waiting = [Path(name) for name in KEPT if os.path.lexists(source / name)]
    while waiting:
        path = waiting.pop()
        here, there = source / path, target / path
        about = here.lstat()
        count, size = count + 1, size + about.st_size
        if count > MOST_FILES or size > MOST_BYTES:
            raise Problem(
                f"{source} holds more than {MOST_FILES:,} files or {MOST_BYTES >> 20} MiB.",
                "Take out what does not belong to the drill.",
            )
        if stat.S_ISLNK(about.st_mode):
            there.symlink_to(here.readlink())
        elif stat.S_ISDIR(about.st_mode):
            there.mkdir()
            waiting += [path / found.name for found in here.iterdir()]
        elif stat.S_ISREG(about.st_mode):
            there.write_bytes(here.read_bytes())
