"""Answering drills: the answer is judged, and the judgement becomes evidence."""

import asyncio
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.drills.grade import grade
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Drill, Result, Written
from backroad.kit.clock import local_day
from backroad.progress import Facts, NewEvidence
from backroad.progress import actions as progress

LONGEST_TIME = 900.0
"""Seconds that one answer can count for; longer means that the learner was away."""


class Answered(msgspec.Struct, frozen=True):
    result: Result
    review: bool
    """True when the drill was due for review, so that the answer counts as one."""


async def judged(drill: Drill, given: object) -> Result:
    """Graded before a transaction is begun: what is executed takes its time, and takes it on a thread."""
    return await asyncio.to_thread(grade, drill, given) if isinstance(drill, Written) else grade(drill, given)


def answer(
    tx: Connection,
    learner: str,
    drill: Drill,
    result: Result,
    *,
    seconds: float,
    now: datetime,
    facts: Facts,
    evidence_id: str = "",
) -> Answered:
    """Record what was judged. `evidence_id` makes a repeated submission (a double click, a retry) count once.

    An unclear result is no evidence: an open question is not answered before the learner has graded it.
    """
    review = progress.is_due(tx, learner, drill.id, local_day(now))
    if result.outcome == "unclear":
        return Answered(result, review)
    detail: dict[str, object] = {"score": result.score, "kind": drill.kind, "estimate": drill.seconds}
    if isinstance(drill, Written) and drill.self_graded:
        detail["self_graded"] = True
    progress.record(
        tx,
        learner,
        [
            NewEvidence(
                id=evidence_id,
                skill=drill.skill,
                source="review" if review else "drill",
                ref=drill.id,
                outcome=result.outcome,
                seconds=min(max(seconds, 0.0), LONGEST_TIME),
                content_hash=result.content_hash,
                detail=detail,
            )
        ],
        now=now,
        facts=facts,
    )
    return Answered(result, review)


def next_in_skill(library: DrillLibrary, drill: Drill) -> Drill | None:
    """The drill after this one in its skill, or None after the last."""
    siblings = library.of_skill(drill.skill)
    place = siblings.index(drill) + 1
    return siblings[place] if place < len(siblings) else None


def next_review(tx: Connection, learner: str, library: DrillLibrary, now: datetime) -> Drill | None:
    """The review that is due longest. Cards of drills that no longer exist are passed over."""
    for card in progress.due_reviews(tx, learner, local_day(now)):
        if card.ref in library.by_id:
            return library.by_id[card.ref]
    return None
