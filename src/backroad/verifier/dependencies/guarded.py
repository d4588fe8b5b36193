"""A server process that cannot outlive the verifier, not even after kill -9, and takes its folder with it."""

import contextlib
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psutil

from backroad.verifier.dependencies.sources import Unavailable

# The shell waits for the end of its input, which comes when the verifier closes it or is gone, and then cleans up.
GUARD = """
folder=$1 signal=$2
shift 2
"$@" </dev/null >"$folder/log" 2>&1 &
child=$!
read -r _
kill -s "$signal" "$child" 2>/dev/null
wait "$child"
cd /
rm -rf "$folder"
"""
END_WITHIN = 5.0  # seconds


def new_folder(name: str) -> Path:
    """An empty folder that an unprivileged server may use, also if we are root; below BACKROAD_SERVICES if set."""
    place = os.environ.get("BACKROAD_SERVICES") or ("/tmp" if os.geteuid() == 0 else None)
    folder = Path(tempfile.mkdtemp(prefix=f"backroad-{name}-", dir=place))
    if (account := unprivileged()) is not None:
        os.chown(folder, account.pw_uid, account.pw_gid)
    return folder


def unprivileged() -> pwd.struct_passwd | None:
    """As whom a server runs that refuses to be root; None if we are not root ourselves."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def open_to_all(program: Path) -> bool:
    """Anyone may run it, wherever it lies."""
    return all(path.stat().st_mode & 0o005 == 0o005 for path in (program, *program.parents))


def run_in(folder: Path, command: Sequence[str | Path], *, timeout: float) -> str:
    """Run a program to its end as the unprivileged user; returns what is wrong, empty if nothing is."""
    try:
        done = subprocess.run(
            [str(word) for word in command], cwd=folder, timeout=timeout, capture_output=True, text=True,
            errors="replace", stdin=subprocess.DEVNULL, check=False, **_as_account(),
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return "" if done.returncode == 0 else (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]


class GuardedProcess:
    """`signal_name` ends it ("TERM", "QUIT"); its output is in `folder`/log."""

    def __init__(self, folder: Path, command: Sequence[str | Path], *, signal_name: str) -> None:
        self.folder = folder
        words = ["/bin/sh", "-c", GUARD, "sh", str(folder), signal_name, *map(str, command)]
        try:
            self._guard = subprocess.Popen(
                words, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True, **_as_account(),
            )  # fmt: skip
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise Unavailable(f"{Path(str(command[0])).name} cannot be started: {error.strerror}.") from None

    def running(self) -> bool:
        """True while the server itself runs; its guard outlives it."""
        if not (self.folder / "log").exists():
            return self._guard.poll() is None  # about to be started
        try:
            return any(child.status() != psutil.STATUS_ZOMBIE for child in psutil.Process(self._guard.pid).children())
        except psutil.Error:
            return False

    def last_line(self) -> str:
        with contextlib.suppress(OSError):
            lines = (self.folder / "log").read_text(errors="replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    def end(self) -> None:
        """End the server and remove its folder; safe to call twice."""
        guard = self._guard
        if guard.stdin is not None:
            with contextlib.suppress(OSError):
                guard.stdin.close()
        try:
            guard.wait(END_WITHIN)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(guard.pid, signal.SIGKILL)
            guard.wait(END_WITHIN)
        shutil.rmtree(self.folder, ignore_errors=True)


def _as_account() -> dict[str, Any]:
    account = unprivileged()
    return {} if account is None else {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def pause(started: float, timeout: float) -> bool:
    """Wait a little between two attempts; False when the time is over."""
    time.sleep(0.02)
    return time.monotonic() - started < timeout
