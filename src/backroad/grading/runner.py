"""How a grading is contained: by bubblewrap, in a container of Docker, or not at all.

Each gives the command that runs `grading/child.py` away from the machine: no network but a loopback of its own, a file
system that can only be read but for two folders in memory, and an end of everything in it when it is killed.
"""

import contextlib
import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import psutil

import backroad
from backroad.grading.child import JUDGE, OWN
from backroad.grading.model import Bounds
from backroad.kit.errors import Problem
from backroad.progress.model import Provenance

CHILD = ("-m", "backroad.grading.child")
SHARED_MEMORY = 64 * 1024 * 1024
FIRST_USER = 1 << 20
"""Of users that nobody is: a worker that runs as root becomes one of them, by its process id."""
USER_IN_CONTAINER = "65532:65532"
SYSTEM = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32")
SETTINGS = (
    "alternatives", "ca-certificates", "java", "ld.so.cache", "ld.so.conf", "ld.so.conf.d", "localtime", "mime.types",
    "php", "php.d", "php.ini", "pki", "protocols", "services", "ssl",
)  # fmt: skip
"""What programs look up in /etc; the rest of it is not shown."""


class Started:
    """A running sandbox. `process` speaks as `child.py` says; `end` leaves nothing of it."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process

    def end(self) -> None:
        self.process.kill()


class Runner(Protocol):
    provenance: Provenance
    """What evidence may say of a grading."""
    watched: bool
    """Whether the worker itself has to look at how much memory it takes."""

    def task(self) -> dict[str, Any]:
        """What the child must know of it, fields of `child.Task`."""

    def start(self, bounds: Bounds, labs: Path) -> Started: ...


class Bubblewrap:
    """Namespaces without a daemon. Without root it needs user namespaces; with root, it gives root away at once."""

    provenance: Provenance = "supervised"
    watched = True

    def __init__(self, tools: Sequence[Path] = ()) -> None:
        self.tools = tuple(tools)
        program = shutil.which("bwrap")
        if program is None:
            raise Problem("bubblewrap is not installed, so nothing can be graded safely.", _INSTALL)
        self.program = program

    def task(self) -> dict[str, Any]:
        # Through a user of its own, the kernel counts the processes of this sandbox alone.
        user = FIRST_USER + os.getpid() if os.geteuid() == 0 else 0
        return {"user": user, "runnable": [*map(str, self._python()), *map(str, self.tools)]}

    def _python(self) -> list[Path]:
        places = (sys.prefix, sys.base_prefix, sys.exec_prefix, Path(backroad.__file__).parent.parent)
        return list(dict.fromkeys(Path(place).resolve() for place in places))

    def start(self, bounds: Bounds, labs: Path) -> Started:
        texts = {"/etc/passwd": _PASSWD, "/etc/group": _GROUP, "/etc/hosts": _HOSTS, "/etc/nsswitch.conf": _NAMES}
        given = {place: _readable(text) for place, text in texts.items()}
        try:
            data = [word for place, pipe in given.items() for word in ("--ro-bind-data", str(pipe), place)]
            process = subprocess.Popen(
                [*self.command(bounds, labs), *data, "--", sys.executable, *CHILD],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={"PATH": os.defpath},
                pass_fds=list(given.values()), cwd="/", start_new_session=True,
            )  # fmt: skip
        finally:
            for pipe in given.values():
                os.close(pipe)
        return _Namespaces(process)

    def command(self, bounds: Bounds, labs: Path) -> list[str]:
        rights = ["--cap-drop", "ALL", "--cap-add", "cap_setuid", "--cap-add", "cap_setgid"]
        words = [
            self.program, "--die-with-parent", "--new-session", "--unshare-pid", "--unshare-net", "--unshare-ipc",
            "--unshare-uts", "--unshare-cgroup-try", "--hostname", "grader", "--clearenv",
            *(rights if os.geteuid() == 0 else ["--unshare-user"]),
        ]  # fmt: skip
        path = [*(str(tool / "bin") for tool in self.tools), str(Path(sys.executable).parent), "/usr/local/bin"]
        environment = {"PATH": ":".join((*path, "/usr/bin", "/bin")), "LANG": "C.UTF-8", "TZ": "UTC"}
        for name, value in environment.items():
            words += ["--setenv", name, value]
        words += ["--proc", "/proc", "--dev", "/dev"]
        for place, size in (("/dev/shm", SHARED_MEMORY), (str(OWN), bounds.disk), (str(JUDGE), bounds.disk)):
            words += ["--perms", "1777", "--size", str(size), "--tmpfs", place]
        for place in SYSTEM:
            words += _shown(Path(place))
        words += _open_folder(Path("/etc"))
        for name in SETTINGS:
            words += ["--ro-bind-try", f"/etc/{name}", f"/etc/{name}"]
        folders = (*self._python(), *self.tools, labs.resolve())
        above = {parent for folder in folders for parent in folder.parents if len(parent.parts) > 1}
        for parent in sorted(above - {OWN, *map(Path, SYSTEM)}):
            words += _open_folder(parent)
        for folder in folders:
            words += ["--ro-bind", str(folder), str(folder)]
        return [*words, "--chdir", "/"]


class Docker:
    """A container for each grading, of an image in which Backroad is installed."""

    provenance: Provenance = "supervised"
    watched = False

    def __init__(self, image: str) -> None:
        self.image = image
        program = shutil.which("docker")
        if program is None:
            raise Problem("Docker is not installed.", "Install it, or use bubblewrap.")
        if not image:
            raise Problem("It is not said in which image.", "Name one that holds Backroad: --image NAME.")
        self.program = program

    def task(self) -> dict[str, Any]:
        return {"labs": "", "count_processes": False}

    def start(self, bounds: Bounds, labs: Path) -> Started:
        name = f"backroad-grading-{secrets.token_hex(8)}"
        process = subprocess.Popen(
            self.command(name, bounds), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            start_new_session=True,
        )  # fmt: skip
        return _Container(process, self.program, name)

    def command(self, name: str, bounds: Bounds) -> list[str]:
        memory = str(bounds.memory + 2 * bounds.disk)  # what lies in /tmp counts as memory
        folders = [
            word
            for place in (OWN, JUDGE)
            for word in ("--tmpfs", f"{place}:rw,exec,nosuid,nodev,size={bounds.disk},mode=1777")
        ]
        return [
            self.program, "run", "--rm", "--interactive", "--init", "--name", name, "--network", "none", "--read-only",
            "--user", USER_IN_CONTAINER, "--cap-drop", "ALL", "--security-opt", "no-new-privileges", "--pids-limit",
            str(bounds.processes), "--memory", memory, "--memory-swap", memory, "--shm-size", str(SHARED_MEMORY),
            *folders, "--workdir", "/", "--entrypoint", "python", self.image, *CHILD,
        ]  # fmt: skip


class _Namespaces(Started):
    def end(self) -> None:
        """Killed as it begins, bwrap leaves the first process of the namespaces waiting for it, for ever."""
        if self.process.poll() is not None:  # its number may be another's by now
            return
        below: list[psutil.Process] = []
        with contextlib.suppress(psutil.Error):
            bwrap = psutil.Process(self.process.pid)
            bwrap.suspend()  # so that it starts none while we look; a moment passes until it stands still
            while bwrap.status() not in (psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE):
                time.sleep(0.001)
            below = bwrap.children(recursive=True)
        super().end()
        for process in below:
            with contextlib.suppress(psutil.Error):
                process.kill()


class _Container(Started):
    def __init__(self, process: "subprocess.Popen[bytes]", program: str, name: str) -> None:
        super().__init__(process)
        self._kill = [program, "kill", name]

    def end(self) -> None:
        """The client alone would leave the container running."""
        if self.process.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                subprocess.run(self._kill, capture_output=True, check=False, timeout=30)
        super().end()


class Bare:
    """No sandbox: for one's own code, and where nothing else works. What comes of it is worth a run of one's own."""

    provenance: Provenance = "self-run"
    watched = True

    def task(self) -> dict[str, Any]:
        return {"confined": False}

    def start(self, bounds: Bounds, labs: Path) -> Started:
        folder = tempfile.mkdtemp(prefix="backroad-grading-")
        process = subprocess.Popen(
            [sys.executable, *CHILD, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            cwd=folder, env={name: value for name, value in os.environ.items() if not name.startswith("BACKROAD_")},
            start_new_session=True,
        )  # fmt: skip
        return _Folder(process, folder)


class _Folder(Started):
    def __init__(self, process: "subprocess.Popen[bytes]", folder: str) -> None:
        super().__init__(process)
        self._folder = folder

    def end(self) -> None:
        """SIGTERM first: the verifier ends what it has started."""
        if self.process.poll() is None:
            self.process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(10)
        super().end()
        shutil.rmtree(self._folder, ignore_errors=True)


def _shown(place: Path) -> list[str]:
    if place.is_symlink():  # /bin -> usr/bin
        return ["--symlink", str(place.readlink()), str(place)]
    return ["--ro-bind", str(place), str(place)] if place.is_dir() else []


def _open_folder(place: Path) -> list[str]:
    """bubblewrap would make it for its own user alone."""
    return ["--perms", "0755", "--dir", str(place)]


def _readable(text: str) -> int:
    """A pipe from which this text can be read."""
    reading, writing = os.pipe()
    os.write(writing, text.encode())
    os.close(writing)
    return reading


_INSTALL = "Install it (apt install bubblewrap), use --runner docker, or grade your own code with --no-sandbox."
_PASSWD = "root:x:0:0:root:/:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n"
_GROUP = "root:x:0:\nnogroup:x:65534:\n"
_HOSTS = "127.0.0.1 localhost grader\n::1 localhost\n"
_NAMES = "passwd: files\ngroup: files\nhosts: files\n"
