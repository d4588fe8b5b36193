"""Live runs: how many can watch on one process, whether anything is lost, and whether a slow one holds up the others.

    python bench/watchers.py [--watchers 1000] [--runs 10] [--events 300] [--json]

One web process; runs that say something fifty times a second in all; watchers on WebSockets, spread over the runs, in
two processes of their own. One more watcher reads nothing until the end. Exits with 1 when a message is missing,
doubled or out of order.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from websockets.asyncio.client import connect

from backroad.kit import clock
from backroad.kit.db import Database
from backroad.labs import store
from backroad.labs.model import Run, RunEvent
from backroad.settings import Settings
from tests.serving import serving

PACE = 50.0
"""Events a second, of all runs together."""


async def watch(url: str, say: dict[str, int], late: bool) -> dict[str, Any]:
    """One watcher: the numbers it got, and how old each message was when it came, in seconds."""
    numbers, ages = [], []
    async with connect(url, max_queue=4, open_timeout=60) as socket:
        say["open"] += 1
        if late:
            await asyncio.sleep(say["seconds"])
        async for message in socket:
            told = json.loads(message)
            if "number" in told:
                numbers.append(told["number"])
                ages.append(time.time() - told["event"]["at"])
    return {"numbers": numbers, "ages": ages}


async def watch_all(urls: list[str], opened: Any, say: dict[str, int]) -> list[dict[str, Any]]:
    tasks = []
    for url in urls:
        tasks.append(asyncio.create_task(watch(url, say, late=False)))
        await asyncio.sleep(0.003)
    while say["open"] < len(urls):  # noqa: ASYNC110 (a number is awaited, not an event)
        await asyncio.sleep(0.05)
    opened.set()
    return list(await asyncio.gather(*tasks))


def watchers(urls: list[str], opened: Any, out: Any) -> None:
    out.put(asyncio.run(watch_all(urls, opened, {"open": 0, "seconds": 0})))


def speak(db: Database, runs: list[str], events: int) -> None:
    """What a run's recorder does: an event at a time, and at last the run's end."""
    begun = time.monotonic()
    for number in range(1, events + 1):
        for place, run in enumerate(runs):
            due = begun + ((number - 1) * len(runs) + place) / PACE
            time.sleep(max(0.0, due - time.monotonic()))
            event = {"event": "log", "at": time.time(), "text": "x" * 200}
            db.run_now(
                lambda tx, run=run, number=number, event=event: store.add_events(tx, run, [RunEvent(number, event)])
            )
    for run in runs:
        db.run_now(lambda tx, run=run: store.break_running(tx, run, "The end.", clock.now()))


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--watchers", type=int, default=1000)
    ask.add_argument("--runs", type=int, default=10)
    ask.add_argument("--events", type=int, default=60, help="Of each run.")
    ask.add_argument("--json", action="store_true")
    chosen = ask.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        os.environ.pop("BACKROAD_NOW", None)
        with serving(home, now=clock.now().isoformat()) as server:
            server.settle()
            found = measure(server.port, Database(Settings(home).database_url), chosen)
    print(json.dumps(found) if chosen.json else "\n".join(f"{name:24} {value}" for name, value in found.items()))
    return 0 if found["wrong"] == 0 else 1


def measure(port: int, db: Database, chosen: argparse.Namespace) -> dict[str, Any]:
    runs = [f"run-{number}" for number in range(chosen.runs)]
    for run in runs:
        made = Run(run, "local", "shortener", "", "seed", "running", clock.now())
        db.run_now(lambda tx, made=made: store.write_run(tx, made))
    urls = [f"ws://127.0.0.1:{port}/api/v1/runs/{runs[n % len(runs)]}/live" for n in range(chosen.watchers)]
    context = multiprocessing.get_context("spawn")
    out, ready = context.Queue(), [context.Event(), context.Event()]
    halves = [urls[0::2], urls[1::2]]
    children = [
        context.Process(target=watchers, args=(half, opened, out)) for half, opened in zip(halves, ready, strict=True)
    ]
    for child in children:
        child.start()
    slow: list[dict[str, Any]] = []
    seconds = chosen.events * chosen.runs / PACE
    lazy = threading.Thread(
        target=lambda: slow.append(asyncio.run(watch(urls[0], {"open": 0, "seconds": int(seconds) + 5}, late=True)))
    )
    lazy.start()
    for opened in ready:
        if not opened.wait(120):
            raise SystemExit("The watchers did not all get in.")
    speak(db, runs, chosen.events)
    results = [one for _ in children for one in out.get(timeout=120)]
    for child in children:
        child.join(30)
    lazy.join(60)
    wanted = list(range(1, chosen.events + 1))
    ages = sorted(age for one in results for age in one["ages"])
    wrong = sum(one["numbers"] != wanted for one in (*results, *slow))
    return {
        "watchers": len(results),
        "runs": chosen.runs,
        "messages": sum(len(one["numbers"]) for one in results),
        "messages_per_second": round(sum(len(one["numbers"]) for one in results) / seconds),
        "wrong": wrong,
        "slow_watcher_got_all": bool(slow) and slow[0]["numbers"] == wanted,
        "age_p50_s": round(ages[len(ages) // 2], 3),
        "age_p99_s": round(ages[int(len(ages) * 0.99)], 3),
        "age_max_s": round(ages[-1], 3),
    }


if __name__ == "__main__":
    sys.exit(main())
