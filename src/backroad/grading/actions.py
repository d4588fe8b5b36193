"""Handing in, looking, cancelling; and what a grading gives everybody who waits for it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection

from backroad.cohorts import store as cohorts
from backroad.grading import leasing, store
from backroad.grading.estimate import place_of, span
from backroad.grading.intake import Intake
from backroad.grading.model import MOST_WAITING, OPEN, Grading, Lease, Place, Submission
from backroad.kit.errors import NotFound, Problem
from backroad.kit.ids import new_id
from backroad.labs import actions as labs
from backroad.labs import store as labs_store
from backroad.labs.model import Run
from backroad.progress import Facts
from backroad.progress.model import Provenance

CANCELLED = "You cancelled it."


def submit(tx: Connection, learner: str, intake: Intake, *, name: str, facts: Facts, now: datetime) -> Submission:
    """Wait for a grading of this content: a new one, the one that others wait for already, or one that has ended.

    `now` is the moment of evidence that is shared at once; the queue goes by the database's clock.
    """
    if store.count_open(tx, learner) >= MOST_WAITING:
        raise Problem(
            f"{MOST_WAITING} submissions of yours are waiting already.",
            "Wait for one to end, or cancel one.",
            status=429,
        )
    moment = store.now(tx)
    store.keep_upload(tx, intake.content, intake.data, moment)
    grading, report = _shared(tx, intake)
    if grading is None:
        grading = _new_grading(intake, moment)
        store.add_grading(tx, grading)
    item = Submission(
        id=new_id(), learner=learner, cohort=cohort_of(tx, learner), grading=grading.id, lab=intake.lab,
        name=_one_line(name), asked_at=moment, state=grading.state, content=intake.content,
    )  # fmt: skip
    store.add_submission(tx, item)
    if grading.state == "graded":
        _give(tx, grading, item, report, moment, now=now, facts=facts)
        return get(tx, learner, item.id)
    return item


def cohort_of(tx: Connection, learner: str) -> str | None:
    """The one whose turn is taken when this learner's is: of several, the newest that goes on."""
    found = cohorts.cohorts(tx, learner, 1, role="member", archived=False)
    return found[0].id if found else None


def _one_line(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable()).strip()[:200] or "folder"


def _new_grading(intake: Intake, moment: datetime) -> Grading:
    return Grading(
        id=new_id(), lab=intake.lab, app=intake.app, content=intake.content, lab_hash=intake.lab_hash, state="waiting",
        attempt=0, lost=0, grader=None, until=None, lead=None, run=None, asked_at=moment, started_at=None,
        ended_at=None, said="",
    )  # fmt: skip


def _shared(tx: Connection, intake: Intake) -> tuple[Grading | None, Any]:
    """The grading that answers for this content, with its report if it has one.

    One that could not be judged, or that left a check unclear, answers for nobody else: it is tried again.
    """
    found = store.newest_grading(tx, intake.content, intake.lab, intake.app, intake.lab_hash)
    if found is None:
        return None, None
    grading = store.read_grading(tx, found[0].id, lock=True)  # it may be ending at this moment
    if grading is None or grading.state in OPEN:
        return grading, None
    if grading.state != "graded":
        return None, None
    report, _, _ = store.result_of(tx, grading.id)
    return (None, None) if report["summary"]["unclear"] else (grading, report)


def end(
    tx: Connection, lease: Lease, report: dict[str, Any], *, seed: str, provenance: Provenance, now: datetime,
    facts: Facts,
) -> bool:  # fmt: skip
    """Keep the report and give it to all who wait. False, and nothing is changed, where the lease is not held."""
    moment = store.now(tx)
    kept = store.change_grading(
        tx, lease.grading, *leasing.mine(lease), state="graded", ended_at=moment, grader=None, until=None, said="",
        seed=seed, provenance=provenance, report=report,
    )  # fmt: skip
    grading = store.read_grading(tx, lease.grading)
    if not kept or grading is None:
        return False
    for item in store.open_of(tx, grading.id):
        _give(tx, grading, item, report, moment, now=now, facts=facts)
    return True


def _give(
    tx: Connection, grading: Grading, item: Submission, report: Any, moment: datetime, *, now: datetime, facts: Facts
) -> None:
    """One learner's share: a run of their own with the report, and evidence; once for each content."""
    known = store.run_of(tx, item.learner, grading.id)
    if not store.change_open(tx, item.id, outcome="graded", ended_at=moment, said=""):
        return
    if known is not None:
        store.set_run(tx, item.id, known)
        return
    _, seed, provenance = store.result_of(tx, grading.id)
    run = _run(tx, grading, item, seed, now)
    detail = {"submission": item.id, "content": grading.content}
    labs.finish_run(tx, run, report, now=now, facts=facts, provenance=provenance, detail=detail)  # type: ignore[arg-type]
    store.set_run(tx, item.id, run.id)


def _run(tx: Connection, grading: Grading, item: Submission, seed: str, now: datetime) -> Run:
    """The one that was watched live, with the seed that nobody was told before; for others a new one."""
    if item.id == grading.lead and grading.run is not None:
        live = labs_store.read_run(tx, item.learner, grading.run)
        if live is not None:
            return msgspec.structs.replace(live, seed=seed, said="")
    return labs.begin_run(tx, item.learner, lab=grading.lab, folder=item.name, seed=seed, whole=True, now=now)


def get(tx: Connection, learner: str, submission_id: str) -> Submission:
    found = store.read_submission(tx, learner, submission_id)
    if found is None:
        raise NotFound("There is no such submission.")
    return found


def newest(tx: Connection, learner: str, most: int, **choice: Any) -> list[Submission]:
    return store.newest(tx, learner, most, **choice)


def cancel(tx: Connection, learner: str, submission_id: str, now: datetime) -> Submission:
    """Stop waiting. A grading for which nobody waits any more is stopped too, also in the middle."""
    item = get(tx, learner, submission_id)
    grading = store.read_grading(tx, item.grading, lock=True)
    moment = store.now(tx)
    if grading is None or not store.change_open(tx, item.id, outcome="cancelled", said=CANCELLED, ended_at=moment):
        raise Problem("It has ended already.", "Look at its result.", status=409)
    if item.run is not None:
        labs.break_off(tx, item.run, CANCELLED, now)
    if not store.open_of(tx, grading.id):
        store.change_grading(
            tx, grading.id, store.g.state.in_(OPEN), state="cancelled", ended_at=moment, grader=None, until=None
        )
    return get(tx, learner, submission_id)


def places(tx: Connection, items: Sequence[Submission]) -> dict[str, Place]:
    """Submission -> its place in the queue, for those that have not ended."""
    opened = [item for item in items if item.state in OPEN]
    if not opened:
        return {}
    moment = store.now(tx)
    workers = store.count_graders(tx, moment - leasing.LEASE)
    queue: dict[str, str] = {}  # grading -> lab, next one first
    for waiting in leasing.order(tx):
        queue.setdefault(waiting.grading, waiting.lab)
    running = [(lab, (moment - started).total_seconds()) for _, _, lab, started in store.running(tx)]
    slugs = {*queue.values(), *(lab for lab, _ in running), *(item.lab for item in opened)}
    spans = {slug: span(store.durations(tx, slug)) for slug in slugs}
    known = {slug: found for slug, found in spans.items() if found is not None}
    numbers = {grading: number for number, grading in enumerate(queue, 1)}
    found = {}
    for item in opened:
        number = numbers.get(item.grading, 0)
        if number:
            found[item.id] = place_of(number, item.lab, list(queue.values())[: number - 1], running, workers, known)
        else:
            grading = store.read_grading(tx, item.grading)
            spent = (moment - grading.started_at).total_seconds() if grading and grading.started_at else 0.0
            found[item.id] = place_of(0, item.lab, (), [(item.lab, spent)], workers, known)
    return found
