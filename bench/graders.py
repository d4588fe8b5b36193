"""How graders scale, and what a kill -9 costs.

    python bench/graders.py [--json] [--quick] [--database postgresql+psycopg://…]

Three parts, all on the toy lab of the tests, whose runs take half a second:

- 1, 2 and 4 workers on this machine, each a process: gradings a second, as a share of so many times one worker. The bar
  of 0.9 holds as far as there are cores.
- The queue alone, with gradings that take no time: what it can hand out a second, and from that how many workers it
  feeds before it costs them a tenth (a grading of a real lab takes `--real` seconds).
- 200 submissions while workers are killed at random: each must end once.

Exits with 1 where a bar is missed.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from backroad.grading import actions, leasing, store
from backroad.grading.intake import Intake, take_in
from backroad.grading.model import Bounds
from backroad.grading.packing import pack
from backroad.grading.runner import Bubblewrap
from backroad.grading.worker import Worker
from backroad.kit.db import Database, sqlite_url
from backroad.kit.migrate import migrate
from backroad.labs.library import LabLibrary
from backroad.progress import Facts
from backroad.progress.store import evidence_table

TOY = Path(__file__).resolve().parents[1] / "tests" / "verifier" / "toylab"
CHECKS = ("answers_health", "creates_a_thing", "one_owner_per_name", "survives_a_kill")
FACTS = Facts(checks={f"bench.skill-{name}": (f"toylab/toylab.{name}",) for name in CHECKS})
BAR = 0.9
LEASE = 2.0
"""Seconds: short, so that a killed worker is noticed soon."""
TOML = 'lab = "toylab"\n[server]\nstart = "python3 app.py"\nready = "/healthz"\n'


def grader(url: str, labs: str) -> None:
    """A worker process, until its queue is empty."""
    worker = Worker(
        Database(url), LabLibrary(Path(labs)), FACTS, Bubblewrap(), bounds=Bounds(seconds=60),
        length=timedelta(seconds=LEASE), idle=0.1,
    )  # fmt: skip
    worker.work()


class Place:
    """A database, the toy lab, and folders to hand in that all differ."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.db = Database(url)
        migrate(self.db)
        shutil.copytree(TOY, folder / "labs" / "toylab")
        self.labs = LabLibrary(folder / "labs")
        self.made = 0

    def intake(self) -> Intake:
        self.made += 1
        folder = self.folder / f"mine-{self.made}"
        folder.mkdir()
        text = (TOY / "reference" / "app.py").read_text()
        (folder / "app.py").write_text(f"# {self.made} {time.time_ns()}\n{text}")
        (folder / "backroad.toml").write_text(TOML)
        try:
            return take_in(pack(folder).data, self.labs)
        finally:
            shutil.rmtree(folder)

    def hand_in(self, count: int) -> list[tuple[str, str]]:
        """(learner, submission) of each."""
        made = []
        for number in range(count):
            learner, intake = f"bench-{self.made % 1000}-{number}", self.intake()
            item = self.db.run_now(
                lambda tx, learner=learner, intake=intake: actions.submit(  # type: ignore[misc]
                    tx, learner, intake, name="bench", facts=FACTS, now=datetime.now(UTC)
                )
            )
            made.append((learner, item.id))
        return made

    def left(self) -> int:
        found = select(func.count()).select_from(store.submission_table).where(store.s.outcome.is_(None))
        return int(self.db.run_now(lambda tx: tx.execute(found).scalar_one()))

    def start(self) -> "subprocess.Popen[bytes]":
        words = [sys.executable, __file__, "--grader", self.db.url, str(self.labs.root)]
        return subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)

    @contextmanager
    def graders(self, count: int) -> Iterator[list["subprocess.Popen[bytes]"]]:
        running = [self.start() for _ in range(count)]
        try:
            yield running
        finally:
            for one in running:
                one.terminate()
            for one in running:
                one.wait(30)

    def wait(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while self.left():
            if time.monotonic() > deadline:
                raise SystemExit(f"{self.left()} submissions did not end within {seconds:.0f} s")
            time.sleep(0.02)


def scaling(place: Place, counts: Sequence[int], each: int) -> list[dict[str, Any]]:
    """Gradings a second; the start of the workers is not in it, they grade one each before."""
    rows: list[dict[str, Any]] = []
    for count in counts:
        with place.graders(count):
            place.hand_in(2 * count)
            place.wait(120)
            made = place.hand_in(each * count)
            began = time.perf_counter()
            place.wait(60 + 10 * len(made))
            rate = len(made) / (time.perf_counter() - began)
        share = rate / (count * rows[0]["a_second"]) if rows else 1.0
        rows.append({"workers": count, "gradings": len(made), "a_second": round(rate, 3), "share": round(share, 3)})
    return rows


def instant(place: Place, threads: int, count: int) -> float:
    """Gradings a second that the queue hands out and takes back when they take no time."""
    made = place.hand_in(count)
    checks = [
        {"id": f"toylab.{name}", "verdict": "passed", "seconds": 0.1, "proves": [f"bench.skill-{name}"]}
        for name in CHECKS
    ]
    counts = {"passed": len(checks), "failed": 0, "unclear": 0, "not_run": 0}
    report = {"summary": counts, "stages": [{"number": 1, "title": "All", "checks": checks}]}

    def end(tx: Any, lease: Any) -> bool:
        now = datetime.now(UTC)
        return actions.end(tx, lease, report, seed="S", provenance="supervised", now=now, facts=FACTS)

    def work(name: str) -> None:
        while (lease := place.db.run_now(lambda tx: leasing.take(tx, name))) is not None:
            place.db.run_now(lambda tx, lease=lease: end(tx, lease))  # type: ignore[misc]

    workers = [threading.Thread(target=work, args=(f"instant-{number}",)) for number in range(threads)]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return len(made) / (time.perf_counter() - began)


def projected(rate: float, seconds: float) -> dict[str, Any]:
    """A queue that is busy to a share u makes each wait for about u / (1 - u) of its own turn: at nine tenths of the
    rate less, it costs a worker a tenth of a grading at most."""
    counts = [2**power for power in range(12)]
    shares = {count: round(min(1.0, rate * seconds / count), 3) for count in counts}
    return {"fed": int(BAR * rate * seconds), "share_by_workers": shares}


def killed(place: Place, count: int, workers: int, rng: random.Random) -> dict[str, Any]:
    """Workers die at random moments, and others take their place."""
    made = place.hand_in(count)
    running = [place.start() for _ in range(workers)]
    kills = 0
    try:
        while place.left():
            time.sleep(rng.uniform(0.2, 1.5))
            one = rng.randrange(workers)
            running[one].kill()
            running[one].wait()
            kills += 1
            running[one] = place.start()
            if kills % 3 == 0:  # now and then nobody dies for longer than a lease, else nothing would ever end
                time.sleep(LEASE * 1.5)
    finally:
        for one_left in running:
            one_left.terminate()
            one_left.wait(30)
    return {"submissions": count, "kills": kills, **outcomes(place, made)}


def outcomes(place: Place, made: Sequence[tuple[str, str]]) -> dict[str, int]:
    """`twice`: submissions whose verdicts stand in the ledger more than once."""
    e = evidence_table.c
    found = {"graded": 0, "given_up": 0, "not_ended": 0, "twice": 0}
    for learner, submission in made:
        item = place.db.run_now(lambda tx, who=learner, which=submission: actions.get(tx, who, which))  # type: ignore[misc]
        found[{"graded": "graded", "broken": "given_up"}.get(item.state, "not_ended")] += 1
        lines = select(func.count()).select_from(evidence_table).where(e.learner == learner)
        number = place.db.run_now(lambda tx, lines=lines: tx.execute(lines).scalar_one())  # type: ignore[misc]
        found["twice"] += number > len(CHECKS)
    return found


def measured(url: str, quick: bool, real: float) -> dict[str, Any]:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    with tempfile.TemporaryDirectory(prefix="backroad-bench-") as temp:
        folder = Path(temp)
        folder.chmod(0o755)
        place = Place(folder, url or sqlite_url(folder / "bench.db"))
        rows = scaling(place, (1, 2) if quick else (1, 2, 4), 3 if quick else 20)
        rates = {threads: round(instant(place, threads, 20 if quick else 200), 1) for threads in (1, 4)}
        ended = killed(place, 6 if quick else 200, 2 if quick else 3, random.Random(8321))
        place.db.close()
    return {
        "database": "postgresql" if url else "sqlite",
        "cores": cores,
        "workers": rows,
        "instant_a_second": rates,
        "projected": projected(min(rates.values()), real),
        "killed": ended,
        "missed": missed(rows, cores, ended),
    }


def missed(rows: Sequence[dict[str, Any]], cores: int, ended: dict[str, Any]) -> list[str]:
    said = [
        f"{row['workers']} workers give {row['share']} of so many times one"
        for row in rows
        if row["workers"] <= cores and row["share"] < BAR
    ]
    if ended["graded"] + ended["given_up"] != ended["submissions"] or ended["twice"]:
        said.append(f"{ended['not_ended']} did not end, {ended['twice']} ended twice")
    return said


def say(found: dict[str, Any]) -> None:
    print(f"{found['database']}, {found['cores']} cores")
    for row in found["workers"]:
        print(f"{row['workers']:3} workers  {row['a_second']:8.2f} gradings/s  {row['share']:.2f} of so many times one")
    for threads, rate in found["instant_a_second"].items():
        print(f"queue alone, {threads} at once: {rate:.0f} gradings/s")
    print(f"so the queue feeds {found['projected']['fed']} workers before it costs them a tenth")
    ended = found["killed"]
    print(
        f"{ended['submissions']} submissions, {ended['kills']} workers killed: {ended['graded']} graded, "
        f"{ended['given_up']} given up, {ended['not_ended']} not ended, {ended['twice']} twice"
    )
    for line in found["missed"]:
        print(f"missed: {line}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--quick", action="store_true", help="a small run, to see that it works")
    parser.add_argument("--database", default="", help="an empty PostgreSQL database instead of an SQLite file")
    parser.add_argument("--real", type=float, default=10.0, help="seconds that a grading of a real lab takes")
    parser.add_argument("--grader", nargs=2, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.grader:
        grader(*asked.grader)
        return 0
    found = measured(asked.database, asked.quick, asked.real)
    if asked.json:
        print(json.dumps(found, indent=2))
    else:
        say(found)
    return 1 if found["missed"] else 0


if __name__ == "__main__":
    sys.exit(main())
