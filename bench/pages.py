"""What pages and lists cost beyond what they show.

    python bench/pages.py [--database postgresql://…] [--rounds 5] [--seconds 2] [--json]

One server process, and a learner with a year behind them. Each page is measured against the same server rendering the
same template with the data already in memory, and each list against the same bytes, in turns; a ratio is that of one
turn, and the median counts. `anew_ms` is what an answer takes that was not kept. Then the statements are counted that
each sends to the database when it is made anew, for a learner with a little and for one with a year. Exits with 1 when
a ratio is below the bar of 0.5 or a count grows. Needs two idle cores.
"""

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import uvloop

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backroad.verifier.load import LoadResult, closed_loop

BAR = 0.5
PAGES = {"today": "/", "skill": "/skills/sql.joins", "road": "/road"}
LISTS = {"evidence": "/api/v1/evidence", "notes": "/api/v1/notes", "roads": "/api/v1/roads/canonical"}
CONNECTIONS = 8


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


def load(port: int, path: str, seconds: float, connections: int = CONNECTIONS) -> LoadResult:
    """`{turn}` in the path is the number of the request, so that no answer is one that was kept."""

    def numbered(turn: int) -> bytes:
        return f"GET {path.format(turn=turn)} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()

    requests = numbered if "{turn}" in path else numbered(0)
    result = uvloop.run(closed_loop("127.0.0.1", port, requests, seconds=seconds, connections=connections, warmup=0.2))
    if result.errors or set(result.statuses) != {200}:
        raise SystemExit(f"{path} was not answered well: {result.errors} {result.statuses}")
    return result


def frozen_path(path: str) -> str:
    api = "/api/v1"
    return f"{api}/frozen{path.removeprefix(api)}" if path.startswith(api) else f"/frozen{path}"


def measured(port: int, path: str, rounds: int, seconds: float) -> dict[str, Any]:
    turns = []
    for _ in range(rounds):
        own, frozen = load(port, path, seconds), load(port, frozen_path(path), seconds)
        turns.append((own.achieved / frozen.achieved, own.achieved, own.latency.percentile(99), frozen.achieved))
    ratio, own_rate, p99, frozen_rate = (statistics.median(column) for column in zip(*turns, strict=True))
    return {
        "ratio": round(ratio, 3),
        "per_second": round(own_rate),
        "frozen_per_second": round(frozen_rate),
        "p99_ms": round(p99 * 1000, 1),
        "anew_ms": round(load(port, f"{path}?turn={{turn}}", seconds, connections=1).latency.percentile(50) * 1000, 1),
    }


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--database", default="", help="An empty PostgreSQL database instead of an SQLite file.")
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--seconds", type=float, default=2)
    ask.add_argument("--json", action="store_true")
    chosen = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        home = {
            "BACKROAD_HOME": f"{folder}/home",
            "BACKROAD_PORT": str(port),
            "BACKROAD_NOW": "2027-01-04T10:00:00+00:00",
        }
        database = {"BACKROAD_DATABASE_URL": chosen.database} if chosen.database else {}
        environment = {**os.environ, **home, **database, "PYTHONPATH": str(Path(__file__).parent)}
        counts = json.loads(
            subprocess.run(
                [sys.executable, "-m", "pages_app"], env=environment, check=True, capture_output=True, text=True
            ).stdout
        )
        command = [
            sys.executable,
            "-m",
            "granian",
            "--interface",
            "asgi",
            "--port",
            str(port),
            "--factory",
            "pages_app:app",
        ]
        server = subprocess.Popen([*command, "--log-level", "error"], env=environment)
        try:
            wait_for(port)
            found = {
                name: measured(port, path, chosen.rounds, chosen.seconds) for name, path in {**PAGES, **LISTS}.items()
            }
        finally:
            server.terminate()
            server.wait(20)
    for name, (little, year) in counts.items():
        found[name] |= {"statements_little": little, "statements_year": year}
    missed = [name for name, row in found.items() if row["ratio"] < BAR]
    grown = [name for name, row in found.items() if row["statements_year"] > row["statements_little"]]
    if chosen.json:
        print(
            json.dumps(
                {
                    "database": "postgresql" if database else "sqlite",
                    "pages": found,
                    "below_bar": missed,
                    "grown": grown,
                }
            )
        )
    else:
        for name, row in found.items():
            print(f"{name:10}", "  ".join(f"{key} {value}" for key, value in row.items()))
    return 1 if missed or grown else 0


def wait_for(port: int) -> None:
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise SystemExit("The server did not come up.")


if __name__ == "__main__":
    sys.exit(main())
