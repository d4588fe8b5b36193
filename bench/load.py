"""The load generator against wrk, and its percentiles against the truth.

    python bench/load.py [--json] [--rounds 5] [--seconds 2]

First, requests per CPU second of the client, wrk and our closed loop in turns on one server process, with no assertions
and with some. Then p99 of an open loop on servers that delay answers in a known way, against the p99 that follows from
that. Exits with 1 when a bar is missed, with 2 when there is no wrk. Needs two idle cores to mean anything.
"""

import argparse
import asyncio
import contextlib
import itertools
import json
import os
import re
import resource
import shutil
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import uvloop

from backroad.verifier.exchange import Headers
from backroad.verifier.load import LoadResult, Schedule, closed_loop, run_load

BAR_OFF, BAR_ON, BAR_P99 = 0.8, 0.3, 0.1
CONNECTIONS = 50
HOST = "127.0.0.1"
BODY = b"x" * 100
PLAIN, NEW_HEADS = "/", "/new-heads"
_numbers = itertools.count()


async def app(scope: dict[str, Any], receive: object, send: Callable[[dict[str, Any]], Awaitable[None]]) -> None:
    """What the server under load runs: 100 bytes; under /new-heads, with a header that is never the same twice."""
    headers = [(b"content-type", b"text/plain"), (b"content-length", b"100")]
    if scope["path"] == NEW_HEADS:
        headers.append((b"x-request-id", b"%012d" % next(_numbers)))
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": BODY})


def assertions(status: int, headers: Headers, body: bytes) -> str | None:
    if status != 200:
        return "status"
    if headers.get("content-type") != "text/plain":
        return "content type"
    return None if body == BODY else "body"


class Delaying(asyncio.Protocol):
    """Answers `slow` of the requests after `delay`; stalls for `stall` at the start of every `period`. Seconds."""

    def __init__(self, period: float, stall: float, every: int, delay: float) -> None:
        self.period, self.stall, self.every, self.delay = period, stall, every, delay

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def data_received(self, data: bytes) -> None:
        loop, now = asyncio.get_running_loop(), time.perf_counter()
        phase = now % self.period if self.period else self.stall
        wait = max(self.stall - phase, 0.0)
        if self.every and next(_numbers) % self.every == 0:
            wait += self.delay
        if wait:
            loop.call_later(wait, self.transport.write, b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + BODY)
        else:
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + BODY)


async def serve_delays(port: int, period: float, stall: float, every: float, delay: float) -> None:
    server = await asyncio.get_running_loop().create_server(
        lambda: Delaying(period, stall, int(every), delay), HOST, port, backlog=1024
    )
    await server.serve_forever()


@contextlib.contextmanager
def running(*command: str, port: int) -> Iterator[None]:
    process = subprocess.Popen(command, cwd=Path(__file__).parent, stdout=subprocess.DEVNULL)
    try:
        for _ in range(200):
            with contextlib.suppress(OSError), socket.create_connection((HOST, port), timeout=1):
                break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])


def per_cpu_second_of_wrk(port: int, path: str, seconds: int) -> float:
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", f"http://{HOST}:{port}{path}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    found = re.search(r"(\d+) requests in", printed)
    if not found:
        raise SystemExit(f"wrk said: {printed}")
    return int(found[1]) / (used.ru_utime + used.ru_stime)


def per_cpu_second(port: int, path: str, seconds: int, *, checked: bool) -> float:
    """Of this process, the whole load from the first connection to the result."""
    before = resource.getrusage(resource.RUSAGE_SELF)
    check = assertions if checked else None
    loop = closed_loop(HOST, port, request(path), seconds=seconds, connections=CONNECTIONS, warmup=0, check=check)
    result = uvloop.run(loop)
    after = resource.getrusage(resource.RUSAGE_SELF)
    if result.errors or result.wrong or set(result.statuses) != {200}:
        raise SystemExit(f"not every request was answered well: {result.errors} {result.wrong} {result.statuses}")
    return result.answered / (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def request(path: str) -> bytes:
    return f"GET {path} HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()


def throughput(rounds: int, seconds: int) -> dict[str, float]:
    """Medians; the contenders take turns, and a ratio is that of one turn."""
    port = free_port()
    command = (sys.executable, "-m", "granian", "--interface", "asginl", "--host", HOST, "--port", str(port))
    turns: list[dict[str, float]] = []
    with running(*command, "--workers", "1", "--no-access-log", "--log-level", "error", "load:app", port=port):
        per_cpu_second(port, PLAIN, 1, checked=False)
        for _ in range(rounds):
            turn = {
                "wrk_rps_per_cpu_s": per_cpu_second_of_wrk(port, PLAIN, seconds),
                "ours_off": per_cpu_second(port, PLAIN, seconds, checked=False),
                "ours_on": per_cpu_second(port, PLAIN, seconds, checked=True),
            }
            new = per_cpu_second_of_wrk(port, NEW_HEADS, seconds)
            turn["ratio_off"] = turn["ours_off"] / turn["wrk_rps_per_cpu_s"]
            turn["ratio_on"] = turn["ours_on"] / turn["wrk_rps_per_cpu_s"]
            turn["ratio_off_new_heads"] = per_cpu_second(port, NEW_HEADS, seconds, checked=False) / new
            turn["ratio_on_new_heads"] = per_cpu_second(port, NEW_HEADS, seconds, checked=True) / new
            turns.append(turn)
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def percentile_error(
    rate: float | Schedule, seconds: float, *, truth: float, period: float = 0, stall: float = 0, every: int = 0,
    delay: float = 0,
) -> dict[str, float]:  # fmt: skip
    """p99 of an open loop against the truth; for contrast, what a closed loop of ten connections says."""
    port = free_port()
    options = [str(value) for value in (port, period, stall, every, delay)]
    with running(sys.executable, Path(__file__).name, "--serve-delays", *options, port=port):
        load = run_load(HOST, port, request(PLAIN), rate=rate, seconds=seconds, warmup=1, connections=CONNECTIONS)
        result: LoadResult = uvloop.run(load)
        closed = uvloop.run(closed_loop(HOST, port, request(PLAIN), seconds=2, connections=10, warmup=0))
    measured = result.percentile_of_all(99)
    return {
        "truth_ms": truth * 1000,
        "measured_ms": measured * 1000,
        "error": abs(measured / truth - 1),
        "closed_loop_ms": closed.percentile(99) * 1000,
        "late_p99_ms": result.late.percentile(99) * 1000,
    }


def percentiles() -> dict[str, dict[str, float]]:
    """A stall of S in every P holds up whoever arrives in it, evenly between 0 and S: p99 is S - P/100.

    Of requests that are slow one time in fifty, p99 is the slow time.
    """
    stalled = {"seconds": 6, "period": 1.0, "stall": 0.25, "truth": 0.25 - 0.01}
    poisson = Schedule(rate=1000, arrivals="poisson", seed="bench")
    return {
        "stalls": percentile_error(1000, **stalled),  # type: ignore[arg-type]
        "stalls, Poisson arrivals": percentile_error(poisson, **stalled),  # type: ignore[arg-type]
        "one in fifty slow": percentile_error(500, 6, truth=0.08, every=50, delay=0.08),
    }


def measure(rounds: int, seconds: int) -> dict[str, Any]:
    rates = throughput(rounds, seconds)
    shown = {name: round(value, 3 if name.startswith("ratio") else 0) for name, value in rates.items()}
    p99 = {name: {key: round(value, 3) for key, value in one.items()} for name, one in percentiles().items()}
    return {**shown, "bar_off": BAR_OFF, "bar_on": BAR_ON, "p99": p99, "bar_p99": BAR_P99}


def print_table(result: dict[str, Any]) -> None:
    for name, value in result.items():
        if name != "p99":
            print(f"{name:<24}{value:g}")
    for name, one in result["p99"].items():
        print(f"p99, {name:<19}{one['measured_ms']:.1f} ms, truth {one['truth_ms']:.1f} ms, off by {one['error']:.1%}")


def main() -> int:
    if sys.argv[1:2] == ["--serve-delays"]:
        port, *delays = sys.argv[2:]
        uvloop.run(serve_delays(int(port), *map(float, delays)))
        return 0
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each contender in each round")
    asked = parser.parse_args()
    if shutil.which("wrk") is None:
        print("There is no wrk to compare with. Install it: apt-get install wrk, or brew install wrk.", file=sys.stderr)
        return 2
    result = measure(max(1, asked.rounds), max(1, asked.seconds))
    if asked.json:
        print(json.dumps(result))
    else:
        print_table(result)
    kept = result["ratio_off"] >= BAR_OFF and result["ratio_on"] >= BAR_ON
    return 0 if kept and all(one["error"] <= BAR_P99 for one in result["p99"].values()) else 1


if __name__ == "__main__":
    sys.exit(main())
