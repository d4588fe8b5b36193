"""A database full of learners: what pages cost in it, and how fast workers plan the day of all of them.

    python bench/scale.py [--learners 100000] [--database postgresql://…] [--plans 2000] [--workers 2] [--json]

A learner lives a year, and is copied. The pages and lists of one learner are measured with nobody else in the
database, then with all of them, on one server process; then as many workers as asked for plan the day of so many
learners. Exits with 1 when a latency is above twice that of the empty database. On PostgreSQL, the database must be
empty, and its role a superuser (triggers are put off while copies are made). SQLite takes about 0.4 MB a learner.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from backroad.kit import clock
from backroad.product import Product
from backroad.settings import Settings, database
from bench.learners import copy_learners, live_a_year, settle_down
from bench.pages import LISTS, PAGES, free_port, load, wait_for

BAR = 2.0


def latencies(environment: dict[str, str], rounds: int, seconds: float) -> dict[str, dict[str, float]]:
    """Of each page and list, in ms, one request at a time; each address is new, so that no answer is a kept one."""
    port = free_port()
    command = [sys.executable, "-c", "from backroad.cli import main; main()", "start", "--no-browser"]
    server = subprocess.Popen(
        command, env={**environment, "BACKROAD_PORT": str(port)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        found = {}
        for name, path in {**PAGES, **LISTS}.items():
            turns = [load(port, f"{path}?turn={{turn}}", seconds, connections=1).latency for _ in range(rounds)]
            found[name] = {
                "p50_ms": round(statistics.median(turn.percentile(50) for turn in turns) * 1000, 2),
                "p99_ms": round(statistics.median(turn.percentile(99) for turn in turns) * 1000, 2),
            }
        return found
    finally:
        server.terminate()
        server.wait(20)


_product: Product | None = None


def open_product(home: str, url: str) -> None:
    global _product
    _product = Product.open(Settings(Path(home), database=url))
    _ = _product.curriculum, _product.outlines, _product.facts


def plan_all(learners: list[str]) -> float:
    """Seconds of this process's CPU that the plans of these learners took."""
    from backroad.accounts import actions as accounts
    from backroad.planner import actions as planner

    assert _product is not None
    where = (_product.curriculum, _product.outlines, _product.facts)
    begun = time.process_time()
    for learner in learners:
        _product.db.run_now(
            lambda tx, learner=learner: planner.plan_for(
                tx, accounts.the_learner(tx, learner), *where, today=clock.today()
            )
        )
    return time.process_time() - begun


def planned(home: str, url: str, learners: int, plans: int, workers: int) -> dict[str, Any]:
    wanted = [f"copy-{number}" for number in range(1, min(plans, learners) + 1)]
    parts = [wanted[place::50] for place in range(50) if wanted[place::50]]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, open_product, (home, url)) as pool:
        list(pool.map(plan_all, [[]] * workers * 2))  # everything is read and warm
        begun = time.monotonic()
        spent = sum(pool.map(plan_all, parts))
    seconds = time.monotonic() - begun
    per_core = len(wanted) / spent
    return {
        "plans": len(wanted),
        "workers": workers,
        "plans_per_second": round(len(wanted) / seconds, 1),
        "plans_per_core_second": round(per_core, 1),
        "all_on_these_workers_minutes": round(learners / (len(wanted) / seconds) / 60, 1),
    }


def main() -> int:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--learners", type=int, default=100_000)
    ask.add_argument("--database", default="")
    ask.add_argument("--plans", type=int, default=2000)
    ask.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--seconds", type=float, default=2)
    ask.add_argument("--json", action="store_true")
    chosen = ask.parse_args()
    os.environ.pop("BACKROAD_NOW", None)
    with tempfile.TemporaryDirectory() as home:
        url = database(chosen.database) if chosen.database else ""
        environment = {**os.environ, "BACKROAD_HOME": home, **({"BACKROAD_DATABASE_URL": url} if url else {})}
        product = Product.open(Settings(Path(home), database=url))
        live_a_year(product)
        alone = latencies(environment, chosen.rounds, chosen.seconds)
        begun = time.monotonic()
        rows = copy_learners(product.db, chosen.learners)
        product.db.run_now(settle_down)
        filled = time.monotonic() - begun
        product.close()
        among = latencies(environment, chosen.rounds, chosen.seconds)
        plans = planned(home, url, chosen.learners, chosen.plans, chosen.workers)
    ratios = {name: round(among[name]["p50_ms"] / alone[name]["p50_ms"], 2) for name in alone}
    found = {
        "database": "postgresql" if url else "sqlite",
        "learners": chosen.learners,
        "rows": rows,
        "filled_in_s": round(filled, 1),
        "alone": alone,
        "among_all": among,
        "ratio_p50": ratios,
        "plans": plans,
    }
    print(json.dumps(found) if chosen.json else "\n".join(f"{name:12} {value}" for name, value in found.items()))
    return 0 if max(ratios.values()) <= BAR else 1


if __name__ == "__main__":
    sys.exit(main())
