"""Starts a process with its output going to a log; and the ports that processes listen on."""

import contextlib
import os
import secrets
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

import msgspec

from backroad.verifier.config import split_command
from backroad.verifier.errors import StartFailed
from backroad.verifier.log_ring import LogReader, LogRing


class StopResult(msgspec.Struct, frozen=True):
    seconds: float
    exit_code: int | None  # negative: the signal that ended it
    killed: bool = False  # SIGTERM was not enough


def launch(
    command: str, folder: Path, environment: Mapping[str, str], log: LogRing
) -> tuple[subprocess.Popen[bytes], LogReader]:
    """In a session and process group of its own."""
    words = split_command(command)
    reading, writing = os.pipe()
    try:
        process = subprocess.Popen(
            words, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=writing, stderr=writing,
            start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        os.close(reading)
        raise StartFailed(*cannot_run(words[0], folder, error)) from None
    finally:
        os.close(writing)
    return process, LogReader(reading, log)


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


def cannot_run(word: str, folder: Path, error: OSError) -> tuple[str]:
    if isinstance(error, FileNotFoundError):
        if not folder.is_dir():
            return (f"The folder {folder} does not exist.",)
        return (f'The start command cannot run: there is no program "{word}" on PATH or in {folder}.',)
    if isinstance(error, PermissionError):
        return (f'The start command cannot run: "{word}" is not executable.',)
    return (f'The start command cannot run: "{word}": {error.strerror}.',)
