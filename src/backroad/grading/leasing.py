"""Who grades what: taking, keeping, losing and giving back. Every step is one transaction.

A lease has an attempt number, its fencing token. Whoever takes a grading raises it, and everything that a grader does
to a grading compares it: one that was away for too long changes nothing any more.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from backroad.grading import store
from backroad.grading.fairness import in_turn
from backroad.grading.model import MOST_ATTEMPTS, Grading, Lease, Waiting
from backroad.kit import clock
from backroad.labs import actions as labs
from backroad.labs.model import Run

LEASE = timedelta(seconds=30)
"""Renewed several times before it ends; a grader that was killed is noticed after so long."""
GRADER_GONE = "The grader was lost. Another one begins anew."
GIVEN_UP = (
    f"It was given up after {MOST_ATTEMPTS} attempts: each time the grader was lost, or could not go on. Whoever runs "
    "the graders finds more in their logs; handing in again tries again."
)


class LeaseLost(Exception):
    """Somebody else grades this now, or nobody wants it any more."""


def mine(lease: Lease) -> tuple[Any, ...]:
    """The conditions under which a grader may change a grading."""
    g = store.g
    return g.state == "running", g.attempt == lease.attempt, g.grader == lease.grader


def order(tx: Connection) -> list[Waiting]:
    """Everything that waits, next one first."""
    waiting = store.waiting(tx)
    running: dict[tuple[str, str], int] = {}
    for cohort, learner, _, _ in store.running(tx):
        running[cohort, learner] = running.get((cohort, learner), 0) + 1
    cohorts = store.turns(tx, "cohort", sorted({item.cohort for item in waiting}))
    learners = store.turns(tx, "learner", sorted({item.learner for item in waiting}))
    return list(in_turn(waiting, running, cohorts, learners))


def take(tx: Connection, grader: str, lease: timedelta = LEASE) -> Lease | None:
    """The next one, for this grader; None where nothing waits."""
    moment = store.now(tx)
    for lost in store.overdue(tx, moment):
        retry(tx, lost, GRADER_GONE, moment)
    for item in order(tx):
        grading = store.read_grading(tx, item.grading, lock=True, skip=True)
        if grading is None or grading.state != "waiting":
            continue  # another grader is about to take it, or has
        lead = next((one for one in store.open_of(tx, grading.id) if one.id == item.submission), None)
        if lead is None:
            continue
        store.change_grading(
            tx, grading.id, state="running", attempt=grading.attempt + 1, grader=grader, until=moment + lease,
            lead=lead.id, run=None, started_at=moment,
        )  # fmt: skip
        store.keep_turn(tx, "cohort", item.cohort, moment)
        store.keep_turn(tx, "learner", item.learner, moment)
        return Lease(
            grading=grading.id, attempt=grading.attempt + 1, grader=grader, lab=grading.lab, app=grading.app,
            content=grading.content, lead=lead,
        )  # fmt: skip
    return None


def renew(tx: Connection, lease: Lease, length: timedelta = LEASE) -> bool:
    """Whether it was still held, and is for so long again."""
    return store.change_grading(tx, lease.grading, *mine(lease), until=store.now(tx) + length)


def held(tx: Connection, lease: Lease) -> Grading:
    """The grading, locked until the end of the transaction; LeaseLost where it is not this grader's any more."""
    grading = store.read_grading(tx, lease.grading, lock=True)
    if grading is None or (grading.state, grading.attempt, grading.grader) != ("running", lease.attempt, lease.grader):
        raise LeaseLost
    return grading


def begin(tx: Connection, lease: Lease, seed: str, now: datetime) -> Run:
    """The run that can be watched live, of the learner whose turn it was."""
    held(tx, lease)
    run = labs.begin_run(tx, lease.lead.learner, lab=lease.lab, folder=lease.lead.name, seed=seed, whole=True, now=now)
    store.change_grading(tx, lease.grading, run=run.id)
    store.change_open(tx, lease.lead.id, run=run.id)
    return run


def give_back(tx: Connection, lease: Lease) -> None:
    """A grader that is told to stop lets another one begin anew; this is no lost attempt."""
    grading = store.read_grading(tx, lease.grading, lock=True)
    if grading is not None and store.change_grading(tx, lease.grading, *mine(lease), state="waiting", **_FREE):
        _break_run(tx, grading, "The grader was stopped. Another one begins anew.")


def fail(tx: Connection, lease: Lease, said: str) -> None:
    """The attempt came to nothing for a reason that lies with the machine."""
    try:
        retry(tx, held(tx, lease), said, store.now(tx))
    except LeaseLost:
        return


def retry(tx: Connection, grading: Grading, said: str, moment: datetime) -> None:
    """Another attempt, or none if there were enough. The grading is locked."""
    _break_run(tx, grading, said)
    lost = grading.lost + 1
    if lost < MOST_ATTEMPTS:
        store.change_grading(tx, grading.id, state="waiting", lost=lost, **_FREE)
        return
    store.change_grading(tx, grading.id, state="broken", lost=lost, ended_at=moment, said=said, **_FREE)
    end_all(tx, grading, "broken", GIVEN_UP, moment)


def give_up(tx: Connection, lease: Lease, said: str) -> bool:
    """It cannot be judged, whoever tries: ends for all who wait. Whether this grader was still asked."""
    moment = store.now(tx)
    grading = store.read_grading(tx, lease.grading, lock=True)
    if grading is None or not store.change_grading(
        tx, lease.grading, *mine(lease), state="broken", ended_at=moment, said=said, **_FREE
    ):
        return False
    _break_run(tx, grading, said)
    end_all(tx, grading, "broken", said, moment)
    return True


def end_all(tx: Connection, grading: Grading, outcome: str, said: str, moment: datetime) -> None:
    for item in store.open_of(tx, grading.id):
        store.change_open(tx, item.id, outcome=outcome, said=said, ended_at=moment)


_FREE: dict[str, None] = {"grader": None, "until": None, "run": None}


def _break_run(tx: Connection, grading: Grading, said: str) -> None:
    if grading.run is not None:
        labs.break_off(tx, grading.run, said, clock.now())
