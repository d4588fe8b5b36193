"""Runs the small programs of lessons and drills.

Only content that ships with Backroad is run here: time and output are bounded, but there is no sandbox.
"""

import contextlib
import os
import selectors
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Literal, TypeAlias, get_args

import msgspec

Language = Literal["python", "sql", "sh", "node"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

OUTPUT_LIMIT = 256 * 1024
"""Bytes of standard output, and as many of standard error, before a program is stopped."""

_GITCONFIG = """\
[user]
    name = Learner
    email = learner@example.com
[init]
    defaultBranch = main
[advice]
    detachedHead = false
"""
_GIT_DATE = "2026-01-05T09:00:00+00:00"


class Output(msgspec.Struct, frozen=True):
    """What a program printed. `stopped` says why it was not let run to its end; empty when it ended by itself."""

    stdout: str
    stderr: str
    exit_code: int
    stopped: str = ""

    @property
    def ok(self) -> bool:
        return self.exit_code == 0 and not self.stopped

    @property
    def trouble(self) -> str:
        """Why it did not end well, in a few words; empty if it did."""
        if self.stopped:
            return f"it was stopped {self.stopped}"
        if not self.exit_code:
            return ""
        last = self.stderr.strip().rpartition("\n")[2]
        return f"it ended with exit code {self.exit_code}" + (f" ({last})" if last else "")


class Missing(msgspec.Struct, frozen=True):
    """The program was not run, because this machine lacks a tool."""

    tool: str

    @property
    def sentence(self) -> str:
        return f"`{self.tool}` is not installed."


Ran: TypeAlias = Output | Missing


def run(language: Language, program: str, *, timeout: float = 10) -> Ran:
    """Runs one program to its end, or until `timeout` seconds are over."""
    if language == "sql":
        return _run_sql(program, timeout)
    for tool in _tools(language, program):
        if shutil.which(tool) is None:
            return Missing(tool)
    with tempfile.TemporaryDirectory(prefix="backroad-run-", ignore_cleanup_errors=True) as folder:
        # The home folder lies beside the working folder, so that the program finds its own folder empty.
        work, home = Path(folder, "work"), Path(folder, "home")
        work.mkdir()
        home.mkdir()
        if language == "sh":
            (home / ".gitconfig").write_text(_GITCONFIG)
        return _run_process(_command(language, program), work, _environment(home), timeout)


def _tools(language: Language, program: str) -> list[str]:
    if language == "python":
        return []
    if language == "node":
        return ["node"]
    return ["bash", "git"] if "git " in program else ["bash"]


def _command(language: Language, program: str) -> list[str]:
    if language == "python":
        # -I and -S: no environment, no current folder and no installed packages, only the standard library.
        return [sys.executable, "-I", "-S", "-X", "utf8", "-c", program]
    if language == "node":
        return ["node", "-e", program]
    return ["bash", "-e", "-c", program]


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": str(home),
        "TMPDIR": str(home),
        "TZ": "UTC",
        "LC_ALL": "C",
        "NO_COLOR": "1",
        "EDITOR": "true",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_PAGER": "cat",
        "GIT_TERMINAL_PROMPT": "0",
        # Fixed dates: the same script makes the same commits, in the same order, with the same ids.
        "GIT_AUTHOR_DATE": _GIT_DATE,
        "GIT_COMMITTER_DATE": _GIT_DATE,
    }


def _run_process(command: list[str], folder: Path, environment: dict[str, str], timeout: float) -> Output:
    deadline = time.monotonic() + timeout
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            texts, stopped = _read([process.stdout, process.stderr], deadline)
            if not stopped and not _ended(process.pid, deadline):
                stopped = "late"
        finally:
            # The group is its own: this also ends what the program left running.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        exit_code = process.wait()
    stdout, stderr = (text.decode("utf-8", "replace") for text in texts)
    return Output(stdout, stderr, exit_code, f"after {timeout:g} s" if stopped == "late" else stopped)


def _ended(pid: int, deadline: float) -> bool:
    """Waits for the exit without collecting it: until then nobody else can be given the process group's number."""
    while os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _read(pipes: list[IO[bytes]], deadline: float) -> tuple[list[bytes], str]:
    """Reads all pipes to their end; the second value says why it stopped earlier."""
    texts = [bytearray() for _ in pipes]
    with selectors.DefaultSelector() as selector:
        for index, pipe in enumerate(pipes):
            selector.register(pipe, selectors.EVENT_READ, index)
        while selector.get_map():
            left = deadline - time.monotonic()
            ready = selector.select(left) if left > 0 else []
            if not ready:
                return [bytes(text) for text in texts], "late"
            for key, _ in ready:
                chunk = os.read(key.fd, 65536)
                texts[key.data] += chunk
                if not chunk:
                    selector.unregister(key.fileobj)
                elif len(texts[key.data]) > OUTPUT_LIMIT:
                    return [bytes(text[:OUTPUT_LIMIT]) for text in texts], f"after {OUTPUT_LIMIT // 1024} KiB of output"
    return [bytes(text) for text in texts], ""


def _run_sql(script: str, timeout: float) -> Output:
    """Runs a script in a fresh in-memory SQLite database and prints each result set below its column names."""
    lines: list[str] = []
    size = 0
    deadline = time.monotonic() + timeout
    connection = sqlite3.connect(":memory:", isolation_level=None)
    try:
        connection.set_progress_handler(lambda: int(time.monotonic() > deadline), 10_000)
        for statement in sql_statements(script):
            for line in _result_lines(connection.execute(statement)):
                lines.append(line)
                size += len(line) + 1
                if size > OUTPUT_LIMIT:
                    return Output(_lines(lines), "", 1, f"after {OUTPUT_LIMIT // 1024} KiB of output")
    except (sqlite3.Error, sqlite3.Warning) as error:
        stopped = f"after {timeout:g} s" if time.monotonic() > deadline else ""
        return Output(_lines(lines), f"Error: {error}\n", 1, stopped)
    finally:
        connection.close()
    return Output(_lines(lines), "", 0)


def _lines(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def sql_statements(script: str) -> Iterator[str]:
    """The statements of a script: a semicolon within a string, a comment or a trigger ends none."""
    start = end = 0
    while (semicolon := script.find(";", end)) >= 0:
        end = semicolon + 1
        if sqlite3.complete_statement(script[start:end]):
            yield script[start:end]
            start = end
    if script[start:].strip():
        yield script[start:]


def _result_lines(cursor: sqlite3.Cursor) -> Iterator[str]:
    if cursor.description is None:
        return
    yield "|".join(column[0] for column in cursor.description)
    for row in cursor:
        yield "|".join(map(_sql_value, row))


def _sql_value(value: object) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"X'{value.hex().upper()}'"
    return str(value)
