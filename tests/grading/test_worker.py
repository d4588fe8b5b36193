"""Graders at work: real sandboxes and real processes, some of them killed."""

import contextlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from backroad.grading import actions, leasing, store
from backroad.grading.intake import Intake
from backroad.grading.model import Bounds, Grading, Submission
from backroad.grading.runner import Bare, Bubblewrap, Runner
from backroad.grading.worker import HIDDEN, Worker
from backroad.kit.db import Database
from backroad.labs import actions as lab_actions
from backroad.labs.library import LabLibrary
from backroad.labs.model import Run, RunEvent
from backroad.progress import actions as progress
from tests.grading.samples import FACTS, NOW, TOML, taken, toy, toy_folder

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")
SLOW = "import time\ntime.sleep(1.5)\n"
"""Before the server of the toy lab: long enough to be caught in the middle."""


def submit(db: Database, learner: str, intake: Intake) -> Submission:
    return db.run_now(lambda tx: actions.submit(tx, learner, intake, name="mine", facts=FACTS, now=NOW))


def get(db: Database, item: Submission) -> Submission:
    return db.run_now(lambda tx: actions.get(tx, item.learner, item.id))


def grading_of(db: Database, item: Submission) -> Grading:
    found = db.run_now(lambda tx: store.read_grading(tx, item.grading))
    assert found is not None
    return found


def run_of(db: Database, item: Submission) -> tuple[Run, list[RunEvent]]:
    run = get(db, item).run
    assert run is not None
    return db.run_now(
        lambda tx: (lab_actions.get_run(tx, item.learner, run, NOW), lab_actions.events_after(tx, run, 0))
    )


def provenances(db: Database, learner: str) -> set[str]:
    return {item.provenance for item in db.run_now(lambda tx: progress.newest_evidence(tx, learner, 50))}


def until(what: Callable[[], object], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)


def slow(labs: LabLibrary, place: Path, number: int = 0) -> Intake:
    app = f"# {number}\n{SLOW}{(labs.root / 'toylab' / 'reference' / 'app.py').read_text()}"
    return taken(labs, toy_folder(place / f"slow-{number}", app=app))


def worker(db: Database, labs: LabLibrary, runner: Runner | None = None, lease: float = 5.0) -> Worker:
    return Worker(
        db, labs, FACTS, runner or Bubblewrap(), bounds=Bounds(seconds=60), length=timedelta(seconds=lease), idle=0.1
    )


@contextmanager
def working(one: Worker) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=one.work)
    thread.start()
    try:
        yield thread
    finally:
        one.stopping.set()
        thread.join(30)
        assert not thread.is_alive()


@contextmanager
def process(
    db: Database, labs: LabLibrary, runner: str = "bwrap", lease: float = 2.0
) -> "Iterator[subprocess.Popen[bytes]]":
    started = start(db, labs, runner, lease)
    try:
        yield started
    finally:
        started.kill()
        started.communicate()


def start(db: Database, labs: LabLibrary, runner: str, lease: float) -> "subprocess.Popen[bytes]":
    place = Path(__file__).parents[2]
    started = subprocess.Popen(
        [sys.executable, "-m", "tests.grading.grader_process", db.url, str(labs.root), runner, str(lease)],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=place, start_new_session=True,
    )  # fmt: skip
    assert started.stdout
    assert started.stdout.readline() == b"ready\n"
    return started


def test_a_grading_from_end_to_end(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    good = submit(db, "ann", toy(labs, tmp_path))
    bad = submit(db, "bob", taken(labs, toy_folder(tmp_path / "bad", "self.answer(201", "self.answer(200")))
    dead = submit(db, "cid", taken(labs, toy_folder(tmp_path / "dead", app="raise SystemExit('no database')\n")))
    assert worker(db, labs).work(until_empty=True) == 3
    run, events = run_of(db, good)
    assert (get(db, good).state, run.state, run.summary["passed"]) == ("graded", "finished", 4)
    assert (len(run.seed), run.report and run.report["seed"]) == (12, run.seed)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert (events[0].event["event"], events[-1].event["event"]) == ("run_started", "run_finished")
    assert events[0].event["seed"] == HIDDEN
    assert run.seed not in str([event.event for event in events]), "nobody is told before the end"
    assert (run.report and run.report["command"]) == events[0].event["command"] == "python3 app.py"
    assert provenances(db, "ann") == {"supervised"}
    assert run_of(db, bad)[0].summary == {"passed": 1, "failed": 1, "unclear": 0, "not_run": 2}
    ended = get(db, dead)
    assert ended.state == "broken"
    assert "no database" in ended.said
    assert provenances(db, "cid") == set()
    assert db.run_now(lambda tx: store.count_graders(tx, store.now(tx) - timedelta(days=1))) == 0


def test_without_a_sandbox_it_is_a_run_of_ones_own(sqlite_db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    item = submit(sqlite_db, "ann", toy(labs, tmp_path))
    assert worker(sqlite_db, labs, Bare()).work(until_empty=True) == 1
    assert get(sqlite_db, item).state == "graded"
    assert provenances(sqlite_db, "ann") == {"self-run"}


def test_it_can_be_watched_live_and_cancelled(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    """The server never answers one request, so that the run stands still in the middle."""
    folder = toy_folder(tmp_path / "mine", "    with LOCK:", "    time.sleep(100)\n    with LOCK:")
    item = submit(db, "ann", taken(labs, folder))
    with working(worker(db, labs)):
        until(lambda: get(db, item).run and len(run_of(db, item)[1]) >= 3)
        run, events = run_of(db, item)
        assert (get(db, item).state, run.state, run.seed) == ("running", "running", HIDDEN)
        assert events[-1].event["event"] in ("check_started", "check_finished", "check_noted")
        began = time.monotonic()
        db.run_now(lambda tx: actions.cancel(tx, "ann", item.id, NOW))
        until(lambda: not sandboxes(), 10)
        assert time.monotonic() - began < 5
        other = submit(db, "bob", toy(labs, tmp_path))
        until(lambda: get(db, other).state == "graded")
    assert get(db, item).state == "cancelled"
    assert run_of(db, item)[0].state == "broken"
    assert provenances(db, "ann") == set()


def sandboxes() -> list[psutil.Process]:
    found = []
    for one in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if one.name() == "bwrap":
                found.append(one)
    return found


def test_a_grader_that_is_told_to_stop_gives_back(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    item = submit(db, "ann", slow(labs, tmp_path))
    with working(worker(db, labs)):
        until(lambda: get(db, item).state == "running")
    assert get(db, item).state == "waiting"
    assert not sandboxes()
    assert worker(db, labs).work(until_empty=True) == 1
    assert get(db, item).state == "graded"
    grading = grading_of(db, item)
    assert (grading.attempt, grading.lost) == (2, 0)


def test_a_killed_grader_leaves_nothing_and_another_takes_over(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    item = submit(db, "ann", slow(labs, tmp_path))
    with process(db, labs) as first:
        until(lambda: get(db, item).state == "running")
        until(lambda: any("bwrap" in one.name() for one in psutil.Process(first.pid).children(recursive=True)))
        below = psutil.Process(first.pid).children(recursive=True)
        first.kill()
        until(lambda: not [one for one in below if one.is_running() and one.status() != psutil.STATUS_ZOMBIE], 5)
    with process(db, labs):
        until(lambda: get(db, item).state == "graded")
    grading = grading_of(db, item)
    assert (grading.attempt, grading.lost) == (2, 1)
    assert len(db.run_now(lambda tx: progress.newest_evidence(tx, "ann", 50))) == 4


def test_a_paused_grader_ends_nothing_that_another_has(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    """The clock goes on while it stands still: when it wakes, its lease is long over."""
    item = submit(db, "ann", slow(labs, tmp_path))
    with process(db, labs, lease=1.0) as first:
        until(lambda: get(db, item).state == "running")
        os.kill(first.pid, signal.SIGSTOP)
        with process(db, labs, lease=5.0):
            until(lambda: get(db, item).state == "graded")
            run = get(db, item).run
            os.kill(first.pid, signal.SIGCONT)
            time.sleep(2.5)
    assert get(db, item).run == run
    assert len(db.run_now(lambda tx: progress.newest_evidence(tx, "ann", 50))) == 4
    states = [one.state for one in db.run_now(lambda tx: lab_actions.newest_runs(tx, "ann", 10))]
    assert states.count("finished") == 1


@pytest.mark.slow
def test_killed_at_random_each_ends_exactly_once(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    rng = random.Random(8321)
    items = [submit(db, f"learner-{number % 6}", toy(labs, tmp_path, number)) for number in range(12)]
    graders = [start(db, labs, "bwrap", 3.0) for _ in range(2)]
    killed = 0
    try:
        while unended := [item for item in items if get(db, item).state in ("waiting", "running")]:
            time.sleep(rng.uniform(0.3, 0.9))
            # The third loss would rightly end it.
            if killed < 6 and not any(grading_of(db, item).lost for item in unended):
                chosen = rng.randrange(2)
                graders[chosen].kill()
                graders[chosen].communicate()
                graders[chosen] = start(db, labs, "bwrap", 3.0)
                killed += 1
    finally:
        for one in graders:
            one.kill()
            one.communicate()
    ends = [get(db, item) for item in items]
    assert killed > 1
    assert {end.state for end in ends} == {"graded"}, [end.said for end in ends]
    for number in range(6):
        found = db.run_now(lambda tx, number=number: progress.newest_evidence(tx, f"learner-{number}", 50))
        assert len(found) == 2 * 4, "four verdicts a submission, none twice"


def test_a_grader_that_dies_again_and_again_is_not_fed_for_ever(
    sqlite_db: Database, labs: LabLibrary, tmp_path: Path
) -> None:
    db = sqlite_db
    item = submit(db, "ann", toy(labs, tmp_path))
    (labs.root / "toylab" / "driver.py").write_text("raise RuntimeError('this lab is broken here')\n")
    one = worker(db, labs)
    assert one.work(until_empty=True) == 0
    found = get(db, item)
    assert (found.state, found.said) == ("broken", leasing.GIVEN_UP)


def test_what_hides_as_a_server_of_ones_own_is_told(sqlite_db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    """It may be well packed and still no server."""
    item = submit(sqlite_db, "ann", taken(labs, toy_folder(tmp_path / "x", app="import time\ntime.sleep(9)\n", toml=(
        f"{TOML}ready_seconds = 1\n"
    ))))  # fmt: skip
    assert worker(sqlite_db, labs).work(until_empty=True) == 1
    assert get(sqlite_db, item).state == "broken"
