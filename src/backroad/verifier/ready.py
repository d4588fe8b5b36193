"""Waits until a started target answers, and says exactly why when it does not."""

import asyncio
import subprocess
import time
from collections.abc import Callable

import psutil

from backroad.verifier.config import Server
from backroad.verifier.connection import Connection, NoReply
from backroad.verifier.errors import StartFailed
from backroad.verifier.exchange import Request
from backroad.verifier.processes import listening_ports
from backroad.verifier.wording import seconds

PORT_HINT = "The server must listen on HOST and PORT from its environment."


async def wait_until_ready(
    server: Server,
    address: tuple[str, int],
    leader: subprocess.Popen[bytes],
    log_tail: Callable[[], str],
    tree: Callable[[], list[psutil.Process]],
) -> None:
    """Returns once the port accepts a connection and, with `ready`, answers that path below 500."""
    began = time.perf_counter()
    deadline = began + server.ready_seconds
    pause = 0.01
    while True:
        problem = await probe(server.ready, address, max(0.05, min(2.0, deadline - time.perf_counter())))
        if not problem:
            await refuse_strangers(address, leader, log_tail, began)
            return
        code = leader.poll()
        if code is not None and (code != 0 or not tree()):
            raise ended_early(code, time.perf_counter() - began, log_tail())
        if time.perf_counter() > deadline:
            raise never_ready(server, address, problem, log_tail(), tree())
        await asyncio.sleep(pause)
        pause = min(pause * 1.3, 0.1)


async def refuse_strangers(
    address: tuple[str, int], leader: subprocess.Popen[bytes], log_tail: Callable[[], str], began: float
) -> None:
    """A command that fails because another program holds the port must not pass for that program."""
    code = leader.poll()
    if code is not None and code != 0:
        raise ended_early(code, time.perf_counter() - began, log_tail())


async def probe(path: str, address: tuple[str, int], timeout: float) -> str:
    """Empty when ready, else what is wrong."""
    try:
        connection = await Connection.open(address, 0, timeout)
    except NoReply:
        return "closed"
    try:
        if not path:
            return ""
        head, body = Request("GET", path, {"Connection": "close"}).encode(f"{address[0]}:{address[1]}")
        reply = await connection.roundtrip(
            head, body, head_only=False, timeout=timeout, shown=timeout, max_body=1 << 20
        )
        # 404 and the like: the server runs, and whether the path is right is for a check to say
        return f"answered {reply.status}" if reply.status >= 500 else ""
    except NoReply as lost:
        return lost.reason
    finally:
        connection.close()


def ended_early(code: int, took: float, log: str) -> StartFailed:
    return StartFailed(f"The start command exited with code {code} after {seconds(took)}{last_lines(log)}")


def never_ready(
    server: Server, address: tuple[str, int], problem: str, log: str, processes: list[psutil.Process]
) -> StartFailed:
    limit = seconds(server.ready_seconds)
    port = address[1]
    if problem != "closed":
        what = f"GET {server.ready} was not answered well within {limit}: the server {problem}"
        return StartFailed(what + last_lines(log))
    others = [other for other in listening_ports(processes) if other != port]
    elsewhere = f"; the server listens on port {others[0]} instead" if others else ""
    return StartFailed(f"Nothing listened on port {port} within {limit}{elsewhere}{last_lines(log)}", hint=PORT_HINT)


def last_lines(log: str, number: int = 8) -> str:
    lines = [line.rstrip()[:300] for line in log.splitlines() if line.strip()][-number:]
    return "; its last lines:\n" + "\n".join(f"  {line}" for line in lines) if lines else "; it wrote nothing."
