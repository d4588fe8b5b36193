"""Finds and ends every process that a start command has left behind."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable

import psutil

MARK = "BACKROAD_TARGET"  # environment variable that all processes of one target inherit
PART = "BACKROAD_PART"  # and one that those of one part of it do


def tree(leader: int, mark: str, *, variable: str = MARK) -> list[psutil.Process]:
    """All living processes of a target: by session, by process group, by ancestry and by inherited environment."""
    found: dict[int, psutil.Process] = {}
    with contextlib.suppress(psutil.Error):
        for process in psutil.Process(leader).children(recursive=True):
            found[process.pid] = process
    for process in psutil.process_iter():
        if process.pid not in found and _belongs(process, leader, mark, variable):
            found[process.pid] = process
    return [process for process in found.values() if living(process)]


def _belongs(process: psutil.Process, leader: int, mark: str, variable: str) -> bool:
    if process.pid == os.getpid():
        return False
    try:
        if process.pid == leader or os.getsid(process.pid) == leader or os.getpgid(process.pid) == leader:
            return True
        return process.environ().get(variable) == mark
    except (psutil.Error, OSError):
        return False


def living(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def send(processes: Iterable[psutil.Process], number: signal.Signals) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error, ProcessLookupError):
            process.send_signal(number)


def kill_tree(
    leader: subprocess.Popen[bytes], mark: str, *, known: Iterable[psutil.Process] = (), variable: str = MARK
) -> None:
    """SIGKILL to all of them, again while new ones appear, until they are gone; at most 2 seconds."""
    if leader.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(leader.pid, signal.SIGKILL)
    # A dying process loses its environment before it is gone: those seen once are waited for.
    seen = {process.pid: process for process in known}
    deadline = time.monotonic() + 2
    while True:
        seen.update((process.pid, process) for process in tree(leader.pid, mark, variable=variable))
        rest = [process for process in seen.values() if living(process)]
        send(rest, signal.SIGKILL)
        with contextlib.suppress(subprocess.TimeoutExpired):
            leader.wait(0.5)
        if not rest or time.monotonic() > deadline:
            return
        time.sleep(0.002)


def rss(processes: Iterable[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_info().rss
    return total


def listening_ports(processes: Iterable[psutil.Process]) -> list[int]:
    """TCP ports on which any of them listens."""
    ports: set[int] = set()
    for process in processes:
        with contextlib.suppress(psutil.Error):
            for connection in process.net_connections(kind="tcp"):
                if connection.status == psutil.CONN_LISTEN and connection.laddr:
                    ports.add(connection.laddr.port)
    return sorted(ports)
