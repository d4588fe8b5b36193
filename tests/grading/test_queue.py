"""Who grades what, on both databases: taken once, ended once, shared, cancelled, given up."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from backroad.grading import actions, leasing, store
from backroad.grading.intake import Intake
from backroad.grading.leasing import LeaseLost
from backroad.grading.model import MOST_ATTEMPTS, MOST_WAITING, Lease, State, Submission
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.labs import actions as lab_actions
from backroad.labs.library import LabLibrary
from backroad.labs.model import Run
from backroad.progress import actions as progress
from tests.grading.samples import FACTS, NOW, toy


def report(verdict: str = "passed") -> dict[str, object]:
    check = {
        "id": "toylab.answers_health", "verdict": verdict, "seconds": 0.1, "proves": ["http.status-codes"],
        "claim": "It answers.", "reason": "", "finding": None,
    }  # fmt: skip
    counts = dict.fromkeys(("passed", "failed", "unclear", "not_run"), 0) | {verdict: 1}
    return {"summary": counts, "stages": [{"number": 1, "title": "It answers", "checks": [check]}]}


def submit(db: Database, learner: str, intake: Intake) -> Submission:
    return db.run_now(lambda tx: actions.submit(tx, learner, intake, name="mine", facts=FACTS, now=NOW))


def take(db: Database, grader: str = "g", seconds: float = 30) -> Lease | None:
    return db.run_now(lambda tx: leasing.take(tx, grader, timedelta(seconds=seconds)))


def taken(db: Database, grader: str = "g", seconds: float = 30) -> Lease:
    lease = take(db, grader, seconds)
    assert lease is not None
    return lease


def end(db: Database, lease: Lease, verdict: str = "passed") -> bool:
    return db.run_now(
        lambda tx: actions.end(tx, lease, report(verdict), seed="SEED", provenance="supervised", now=NOW, facts=FACTS)
    )


def begin(db: Database, lease: Lease) -> Run:
    return db.run_now(lambda tx: leasing.begin(tx, lease, "hidden", NOW))


def get(db: Database, item: Submission) -> Submission:
    return db.run_now(lambda tx: actions.get(tx, item.learner, item.id))


def state(db: Database, item: Submission) -> State:
    return get(db, item).state


def evidence(db: Database, learner: str) -> list[tuple[str, str, str]]:
    found = db.run_now(lambda tx: progress.newest_evidence(tx, learner, 50))
    return [(item.outcome, item.provenance, item.seed) for item in found]


@pytest.fixture
def intake(labs: LabLibrary, tmp_path: Path) -> Intake:
    return toy(labs, tmp_path)


def test_one_way_through(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    assert (item.state, item.run) == ("waiting", None)
    lease = taken(db)
    assert (lease.lab, lease.attempt, lease.lead.id) == ("toylab", 1, item.id)
    assert state(db, item) == "running"
    assert take(db, "other") is None
    run = begin(db, lease)
    assert get(db, item).run == run.id
    live = db.run_now(lambda tx: lab_actions.get_run(tx, "ann", run.id, NOW))
    assert (live.state, live.seed, live.folder) == ("running", "hidden", "mine")
    assert end(db, lease)
    assert state(db, item) == "graded"
    kept = db.run_now(lambda tx: lab_actions.get_run(tx, "ann", run.id, NOW))
    assert (kept.state, kept.seed, kept.summary["passed"]) == ("finished", "SEED", 1)
    assert evidence(db, "ann") == [("passed", "supervised", "SEED")]
    (line,) = db.run_now(lambda tx: progress.newest_evidence(tx, "ann", 5))
    assert (line.detail["submission"], line.detail["content"]) == (item.id, intake.content)
    assert not end(db, lease), "a second end changes nothing"
    assert len(evidence(db, "ann")) == 1


def test_a_lost_lease_is_taken_over_and_its_old_holder_changes_nothing(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    lost = taken(db, "one", seconds=-1)
    first_run = begin(db, lost)
    lease = taken(db, "two")
    assert lease.attempt == 2
    broken = db.run_now(lambda tx: lab_actions.get_run(tx, "ann", first_run.id, NOW))
    assert (broken.state, broken.said) == ("broken", leasing.GRADER_GONE)
    assert not db.run_now(lambda tx: leasing.renew(tx, lost))
    with pytest.raises(LeaseLost):
        begin(db, lost)
    assert not end(db, lost, "failed")
    assert not db.run_now(lambda tx: leasing.give_up(tx, lost, "no"))
    db.run_now(lambda tx: leasing.give_back(tx, lost))
    db.run_now(lambda tx: leasing.fail(tx, lost, "no"))
    assert state(db, item) == "running"
    assert db.run_now(lambda tx: leasing.renew(tx, lease))
    begin(db, lease)
    assert end(db, lease)
    assert evidence(db, "ann") == [("passed", "supervised", "SEED")]


def test_after_some_lost_graders_it_is_given_up(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    for number in range(MOST_ATTEMPTS):
        assert taken(db, f"g{number}", seconds=-1).attempt == number + 1
    assert take(db) is None
    found = get(db, item)
    assert (found.state, found.said) == ("broken", leasing.GIVEN_UP)
    assert evidence(db, "ann") == []
    assert submit(db, "ann", intake).state == "waiting", "handing in again tries again"


def test_giving_back_is_no_lost_attempt(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    for _ in range(MOST_ATTEMPTS + 2):
        lease = taken(db)
        begin(db, lease)
        db.run_now(lambda tx, lease=lease: leasing.give_back(tx, lease))
        assert state(db, item) == "waiting"
    assert end(db, taken(db))


def test_what_cannot_be_judged_says_why(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    lease = taken(db)
    run = begin(db, lease)
    assert db.run_now(lambda tx: leasing.give_up(tx, lease, "The server did not start."))
    found = get(db, item)
    assert (found.state, found.said, found.run) == ("broken", "The server did not start.", run.id)
    assert db.run_now(lambda tx: lab_actions.get_run(tx, "ann", run.id, NOW)).state == "broken"


def test_the_same_content_is_graded_once_for_all_who_wait(db: Database, intake: Intake) -> None:
    ann, bob, cid = (submit(db, learner, intake) for learner in ("ann", "bob", "cid"))
    assert ann.grading == bob.grading == cid.grading
    lease = taken(db)
    begin(db, lease)
    dan = submit(db, "dan", intake)
    assert (dan.grading, dan.state) == (ann.grading, "running"), "it joins what runs"
    db.run_now(lambda tx: actions.cancel(tx, "cid", cid.id, NOW))
    assert end(db, lease)
    assert take(db) is None
    runs = {state(db, item): get(db, item).run for item in (ann, bob, dan)}
    assert runs.keys() == {"graded"}
    assert len({get(db, item).run for item in (ann, bob, dan)}) == 3, "to each a run of their own"
    assert state(db, cid) == "cancelled"
    for learner in ("ann", "bob", "dan"):
        assert evidence(db, learner) == [("passed", "supervised", "SEED")]
    assert evidence(db, "cid") == []


def test_what_was_graded_before_is_answered_at_once(db: Database, intake: Intake) -> None:
    first = submit(db, "ann", intake)
    end(db, taken(db))
    again = submit(db, "ann", intake)
    assert (again.state, again.run) == ("graded", get(db, first).run)
    assert len(evidence(db, "ann")) == 1, "the same answer proves nothing twice"
    bob = submit(db, "bob", intake)
    assert bob.state == "graded"
    assert bob.run not in (None, again.run)
    assert evidence(db, "bob") == [("passed", "supervised", "SEED")]
    assert take(db) is None


def test_an_unclear_answer_is_not_handed_on(db: Database, intake: Intake) -> None:
    submit(db, "ann", intake)
    end(db, taken(db), "unclear")
    assert submit(db, "ann", intake).state == "waiting"


def test_other_content_is_graded_for_itself(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    one, other = (submit(db, "ann", toy(labs, tmp_path, number)) for number in (1, 2))
    assert one.grading != other.grading
    assert {taken(db).grading, taken(db).grading} == {one.grading, other.grading}


def test_cancelling_ends_the_wait_and_the_grading(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)
    with pytest.raises(NotFound):
        db.run_now(lambda tx: actions.cancel(tx, "bob", item.id, NOW))
    assert db.run_now(lambda tx: actions.cancel(tx, "ann", item.id, NOW)).state == "cancelled"
    assert take(db) is None
    with pytest.raises(Problem, match="ended already"):
        db.run_now(lambda tx: actions.cancel(tx, "ann", item.id, NOW))
    again = submit(db, "ann", intake)
    lease = taken(db)
    run = begin(db, lease)
    db.run_now(lambda tx: actions.cancel(tx, "ann", again.id, NOW))
    assert not db.run_now(lambda tx: leasing.renew(tx, lease)), "the grader is told"
    assert not end(db, lease)
    assert db.run_now(lambda tx: lab_actions.get_run(tx, "ann", run.id, NOW)).said == actions.CANCELLED
    assert evidence(db, "ann") == []


def test_cancelling_for_oneself_leaves_the_others_waiting(db: Database, intake: Intake) -> None:
    ann, bob = submit(db, "ann", intake), submit(db, "bob", intake)
    lease = taken(db)
    begin(db, lease)
    db.run_now(lambda tx: actions.cancel(tx, "ann", ann.id, NOW))
    assert db.run_now(lambda tx: leasing.renew(tx, lease))
    assert end(db, lease)
    assert (state(db, ann), state(db, bob)) == ("cancelled", "graded")
    assert (evidence(db, "ann"), len(evidence(db, "bob"))) == ([], 1)


def test_a_learner_may_have_few_waiting(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    for number in range(MOST_WAITING):
        submit(db, "ann", toy(labs, tmp_path, number))
    with pytest.raises(Problem) as refused:
        submit(db, "ann", toy(labs, tmp_path, 99))
    assert refused.value.status == 429
    assert submit(db, "bob", toy(labs, tmp_path, 100)).state == "waiting"


def test_learners_take_turns(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    intakes = [toy(labs, tmp_path, number) for number in range(5)]
    for learner, intake in zip(("ann", "ann", "ann", "bob", "cid"), intakes, strict=True):
        submit(db, learner, intake)
    served = []
    for _ in range(5):  # one grader, one after another
        lease = taken(db)
        served.append(lease.lead.learner)
        assert end(db, lease)
    assert served == ["ann", "bob", "cid", "ann", "ann"]


def test_places_and_estimates(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    intakes = [toy(labs, tmp_path, number) for number in range(3)]
    items = [submit(db, learner, intake) for learner, intake in zip(("ann", "bob", "cid"), intakes, strict=True)]

    def places() -> list[int]:
        found = db.run_now(lambda tx: actions.places(tx, [actions.get(tx, one.learner, one.id) for one in items]))
        return [found[item.id].number if item.id in found else -1 for item in items]

    assert places() == [1, 2, 3]
    lease = taken(db)
    assert places() == [0, 1, 2]
    found = db.run_now(lambda tx: actions.places(tx, items[1:]))
    assert {place.estimate for place in found.values()} == {None}
    assert "No grader is at work." in {place.why for place in found.values()}
    end(db, lease)
    db.run_now(lambda tx: store.see_grader(tx, "g", store.now(tx)))
    assert places() == [-1, 1, 2]
    estimate = db.run_now(lambda tx: actions.places(tx, items[1:]))[items[2].id].estimate
    assert estimate is not None
    assert 0 <= estimate.soonest <= estimate.latest


@pytest.mark.parametrize("graders", [8])
def test_many_graders_take_each_once(db: Database, labs: LabLibrary, tmp_path: Path, graders: int) -> None:
    """Threads with connections of their own; each grading is held, and ended, by one of them."""
    items = [submit(db, f"learner-{number}", toy(labs, tmp_path, number)) for number in range(24)]
    held: list[str] = []
    ended: list[str] = []
    faults: list[BaseException] = []

    def work(name: str) -> None:
        try:
            while (lease := take(db, name)) is not None:
                held.append(lease.grading)
                if end(db, lease):
                    ended.append(lease.grading)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=work, args=(f"g{number}",)) for number in range(graders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not faults
    assert sorted(held) == sorted(ended) == sorted(item.grading for item in items)
    assert {state(db, item) for item in items} == {"graded"}


def test_uploads_are_dropped_when_they_are_old_and_no_longer_needed(db: Database, intake: Intake) -> None:
    item = submit(db, "ann", intake)

    def count() -> int:
        return db.run_now(lambda tx: tx.execute(select(func.count()).select_from(store.upload_table)).scalar_one())

    def drop(days: float) -> int:
        return db.run_now(
            lambda tx: store.drop_uploads(tx, store.now(tx) + timedelta(days=days), store.now(tx) - timedelta(hours=1))
        )

    assert drop(1) == 0, "it waits"
    end(db, taken(db))
    assert drop(-1) == 0, "it is new"
    assert count() == 1
    assert drop(1) == 1
    assert (count(), state(db, item)) == (0, "graded")


def test_what_an_account_handed_in_goes_with_it(db: Database, labs: LabLibrary, tmp_path: Path) -> None:
    alone, shared = toy(labs, tmp_path, 1), toy(labs, tmp_path, 2)
    gone, kept = submit(db, "ann", alone), submit(db, "ann", shared)
    submit(db, "bob", shared)
    db.run_now(lambda tx: tx.execute(delete(store.submission_table).where(store.s.learner == "ann")))
    assert db.run_now(lambda tx: (store.drop_gradings(tx), store.drop_gradings(tx))) == (1, 0)
    assert db.run_now(lambda tx: store.read_grading(tx, gone.grading)) is None
    moment = db.run_now(store.now)
    old, hour = moment - timedelta(days=30), timedelta(hours=1)
    assert db.run_now(lambda tx: store.drop_uploads(tx, old, moment - hour)) == 0, "it may be coming"
    assert db.run_now(lambda tx: store.drop_uploads(tx, old, moment + hour)) == 1
    assert db.run_now(lambda tx: store.read_upload(tx, shared.content)) == shared.data
    assert taken(db).grading == kept.grading
