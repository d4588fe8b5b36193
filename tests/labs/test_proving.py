"""A run of a learner: kept while it goes on, evidence when it ends, and honest when it breaks off."""

import shutil
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backroad.kit.errors import NotFound
from backroad.labs import actions, store, view
from backroad.labs.model import LabStart, Run
from backroad.labs.proving import prove_for
from backroad.product import Product
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.verifier import Report, load_lab
from backroad.verifier.config import Config, Server
from backroad.verifier.errors import VerifierError
from backroad.verifier.events import CheckFinished, Event
from tests.databases import SERVER, settings_of

TOY = Path(__file__).parents[1] / "verifier" / "toylab"
LAB = load_lab(TOY)
FACTS = Facts(
    checks={
        "http.status-codes": ("toylab/toylab.answers_health",),
        "http.methods": ("toylab/toylab.creates_a_thing",),
        "arch.concurrency": ("toylab/toylab.one_owner_per_name",),
        "ops.durability": ("toylab/toylab.survives_a_kill",),
    }
)
NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)


@pytest.fixture
def product(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Product]:
    monkeypatch.setenv("BACKROAD_NOW", NOW.isoformat())
    made = Product.open(settings_of(tmp_path / "home"))
    yield made
    made.close()


def target(folder: Path, old: str = "", new: str = "", *, start: str = "{python} -S app.py") -> Config:
    """The toy's reference as the learner's own, with one edit."""
    shutil.copytree(TOY / "reference", folder / "mine")
    app = folder / "mine" / "app.py"
    assert old in app.read_text()
    app.write_text(app.read_text().replace(old, new))
    return Config(folder=folder / "mine", lab="toylab", server=Server(start=start, ready="/healthz"))


def prove(product: Product, config: Config, **options: object) -> Report:
    return prove_for(product.db, "local", LAB, config, facts=FACTS, seed="TOYS", **options)  # type: ignore[arg-type]


def only_run(product: Product) -> Run:
    (run,) = product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 10))
    return product.db.run_now(lambda tx: actions.get_run(tx, "local", run.id, NOW))


def test_a_good_run_proves_its_skills(product: Product, tmp_path: Path) -> None:
    begun: list[Run] = []
    states: list[str] = []

    def look(event: Event) -> None:
        states.extend(run.state for run in product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 10)))

    report = prove(product, target(tmp_path), on_begin=begun.append, on_event=look)
    assert report.exit_code == 0
    run = only_run(product)
    assert [one.id for one in begun] == [run.id]
    assert set(states) == {"running"}, "it is there, and running, from the first event to the last"
    assert (run.state, run.lab, run.seed, run.whole, run.said) == ("finished", "toylab", "TOYS", True, "")
    assert run.summary["passed"] == 4
    standings = product.db.run_now(lambda tx: progress.standings(tx, "local", NOW))
    assert {skill: standing.level for skill, standing in standings.items()} == dict.fromkeys(FACTS.checks, "proven")
    evidence = product.db.run_now(lambda tx: progress.newest_evidence(tx, "local", 10))
    assert {(item.source, item.outcome, item.seed, item.provenance) for item in evidence} == {
        ("check", "passed", "TOYS", "self-run")
    }
    assert {item.detail["run"] for item in evidence} == {run.id}


def test_events_are_kept_in_order_and_tell_the_same_as_the_report(product: Product, tmp_path: Path) -> None:
    prove(product, target(tmp_path))
    run = only_run(product)
    events = product.db.run_now(lambda tx: actions.events_after(tx, run.id, 0))
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert (events[0].event["event"], events[-1].event["event"]) == ("run_started", "run_finished")
    assert product.db.run_now(lambda tx: actions.events_after(tx, run.id, 3)) == events[3:]
    live = view.transcript(msgspec.structs.replace(run, report=None), events)
    kept = view.transcript(run, events)
    assert live["counts"] == kept["counts"]

    def verdicts(shown: dict[str, object]) -> list[object]:
        return [(check["id"], check["verdict"]) for stage in shown["stages"] for check in stage["checks"]]  # type: ignore[attr-defined]

    assert verdicts(live) == verdicts(kept)
    half = view.transcript(msgspec.structs.replace(run, report=None), events[: len(events) // 2])
    assert 0 < sum(half["counts"].values()) < 4
    assert half["last"] == len(events) // 2


def test_a_failed_check_proves_nothing_and_what_hangs_on_it_is_not_run(product: Product, tmp_path: Path) -> None:
    report = prove(product, target(tmp_path, "self.answer(201", "self.answer(200"))
    assert report.exit_code == 1
    run = only_run(product)
    assert run.state == "finished"
    assert (run.summary["passed"], run.summary["failed"], run.summary["not_run"]) == (1, 1, 2)
    outcomes = product.db.run_now(lambda tx: progress.latest_checks(tx, "local"))
    assert outcomes == {"toylab/toylab.answers_health": "passed", "toylab/toylab.creates_a_thing": "failed"}
    standings = product.db.run_now(lambda tx: progress.standings(tx, "local", NOW))
    assert standings["http.methods"].level != "proven"
    assert "arch.concurrency" not in standings
    shown = view.transcript(run, [])
    assert [stage["open"] for stage in shown["stages"]] == [True, False], "what failed is open"


def test_proving_again_counts_again_and_the_last_verdict_stands(product: Product, tmp_path: Path) -> None:
    bad = target(tmp_path / "bad", "self.answer(201", "self.answer(200")
    prove(product, target(tmp_path / "good"))
    prove(product, bad)
    runs = product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 10))
    assert len({run.id for run in runs}) == 2
    outcomes = product.db.run_now(lambda tx: progress.latest_checks(tx, "local"))
    assert outcomes["toylab/toylab.creates_a_thing"] == "failed"
    assert outcomes["toylab/toylab.one_owner_per_name"] == "passed", "it was not run again"


def test_some_checks_only(product: Product, tmp_path: Path) -> None:
    prove(product, target(tmp_path), only=("toylab.answers_health",))
    run = only_run(product)
    assert not run.whole
    assert run.summary["passed"] == 1
    assert set(product.db.run_now(lambda tx: progress.latest_checks(tx, "local"))) == {"toylab/toylab.answers_health"}


def test_a_target_that_does_not_start_leaves_no_evidence(product: Product, tmp_path: Path) -> None:
    with pytest.raises(VerifierError):
        prove(product, target(tmp_path, start="{python} -c 'raise SystemExit(3)'"))
    for run in product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 10)):
        assert (run.state, run.report) == ("broken", None)
        assert run.said.startswith("The verifier could not judge: ")
    assert product.db.run_now(lambda tx: progress.newest_evidence(tx, "local", 10)) == []


def test_ctrl_c_marks_the_run_as_stopped(product: Product, tmp_path: Path) -> None:
    def press(event: Event) -> None:
        if isinstance(event, CheckFinished):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        prove(product, target(tmp_path), on_event=press)
    run = only_run(product)
    assert (run.state, run.said) == ("broken", "The run was stopped before it finished.")
    assert run.ended_at is not None
    assert product.db.run_now(lambda tx: progress.newest_evidence(tx, "local", 10)) == []


def begin(product: Product, now: datetime = NOW, lab: str = "toylab") -> Run:
    return product.db.run_now(
        lambda tx: actions.begin_run(tx, "local", lab=lab, folder="/x", seed="S", whole=True, now=now)
    )


def test_a_run_whose_process_was_killed_is_told_apart_after_a_while(product: Product) -> None:
    run = begin(product)

    def seen(after: timedelta) -> Run:
        return product.db.run_now(lambda tx: actions.get_run(tx, "local", run.id, NOW + after))

    assert seen(timedelta(minutes=9)).state == "running"
    assert (seen(timedelta(minutes=11)).state, seen(timedelta(minutes=11)).said) == (
        "broken",
        "The run was ended before it finished.",
    )
    listed = product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 1))
    assert listed[0].state == "broken"


def test_runs_are_somebodys(product: Product) -> None:
    run = begin(product)
    with pytest.raises(NotFound):
        product.db.run_now(lambda tx: actions.get_run(tx, "somebody", run.id, NOW))
    assert product.db.run_now(lambda tx: actions.newest_runs(tx, "somebody", 10)) == []


def test_runs_page_newest_first(product: Product) -> None:
    runs = [begin(product, NOW + timedelta(seconds=number // 2), "ab"[number % 2]) for number in range(6)]
    wanted = sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True)

    def page_after(last: Run | None) -> list[Run]:
        before = (last.started_at, last.id) if last else None
        return product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 2, before=before))

    found: list[Run] = []
    while page := page_after(found[-1] if found else None):
        found += page
    assert found == wanted
    of_a = product.db.run_now(lambda tx: actions.newest_runs(tx, "local", 10, lab="a"))
    assert of_a == [run for run in wanted if run.lab == "a"]


def test_time_between_two_runs_is_building_unless_it_was_a_break(product: Product) -> None:
    start = LabStart("local", "toylab", "/x", "python", NOW)
    product.db.run_now(lambda tx: actions.take_up(tx, start))
    report = {"summary": {}, "stages": []}
    for begun, ended in ((20, 21), (200, 201)):  # minutes after the lab was taken up
        run = begin(product, NOW + timedelta(minutes=begun))
        now = NOW + timedelta(minutes=ended)
        product.db.run_now(lambda tx, run=run, now=now: actions.finish_run(tx, run, report, now=now, facts=FACTS))
    spent = product.db.run_now(lambda tx: progress.time_spent(tx, "local"))
    assert spent["toylab"] == 60 * (21 + actions.LONGEST_STINT.total_seconds() / 60)


def test_events_go_with_their_run(product: Product, tmp_path: Path) -> None:
    prove(product, target(tmp_path), only=("toylab.answers_health",))
    product.db.run_now(lambda tx: tx.exec_driver_sql("DELETE FROM run"))
    assert product.db.run_now(lambda tx: tx.exec_driver_sql("SELECT count(*) FROM run_event").scalar()) == 0


@pytest.mark.skipif(bool(SERVER), reason="looks into the SQLite file")
def test_what_a_run_heard_can_be_read_by_any_sqlite(product: Product, tmp_path: Path) -> None:
    """The file is the learner's: no pickles, no blobs."""
    prove(product, target(tmp_path), only=("toylab.answers_health",))
    with sqlite3.connect(tmp_path / "home" / "backroad.db") as connection:
        (event, report) = connection.execute(
            "SELECT run_event.event, run.report FROM run_event JOIN run ON run.id = run_event.run WHERE number = 1"
        ).fetchone()
    connection.close()
    assert msgspec.json.decode(event)["event"] == "run_started"
    assert msgspec.json.decode(report)["summary"]["passed"] == 1


def test_starts_are_kept_a_lab(product: Product) -> None:
    for number, lab in enumerate(("a", "b", "a")):
        start = LabStart("local", lab, f"/{number}", "go", NOW + timedelta(minutes=number))
        product.db.run_now(lambda tx, start=start: actions.take_up(tx, start))
    kept = product.db.run_now(lambda tx: store.starts(tx, "local"))
    assert {lab: start.folder for lab, start in kept.items()} == {"a": "/2", "b": "/1"}


@pytest.mark.parametrize("report", [None, {"summary": {"passed": 2, "else": 9}, "stages": []}])
def test_a_summary_has_every_verdict(report: dict[str, Any] | None) -> None:
    run = Run("r", "ann", "todo", "/x", "A", "finished", NOW, report=report)
    assert run.summary == {"passed": 2 if report else 0, "failed": 0, "unclear": 0, "not_run": 0}
