"""Taking a placement: begin, answer, leave and go on, end. What it finds becomes evidence when it ends."""

import functools
from datetime import datetime

import msgspec
from sqlalchemy import Connection

from backroad.drills.library import DrillLibrary
from backroad.drills.model import Result
from backroad.kit.errors import Problem
from backroad.kit.ids import new_id
from backroad.placement import store
from backroad.placement.choose import next_question, verdict
from backroad.placement.estimate import LEAK, Answer, Estimate, Graph, estimate_of
from backroad.placement.model import Given, Placed, Placement, Question
from backroad.placement.questions import guess_of, questions_left
from backroad.progress import Facts, NewEvidence
from backroad.progress import actions as progress

LONGEST_TIME = 900.0
"""Seconds that one answer can count for; longer means that the learner was away."""


class NotRunning(Problem):
    def __init__(self) -> None:
        super().__init__("No placement is running.", "Begin one first.", status=409)


def newest(tx: Connection, learner: str) -> Placement | None:
    """The one that is running, else the last one that ended."""
    return store.newest(tx, learner)


def running(tx: Connection, learner: str) -> Placement:
    found = newest(tx, learner)
    if found is None or found.ended_at is not None:
        raise NotRunning
    return found


def begin(tx: Connection, learner: str, now: datetime, never: tuple[str, ...] | None = None) -> Placement:
    """A new placement, or the one that is running. `never` are the areas that the learner says are new: they cost no
    question, and credit nothing."""
    found = newest(tx, learner)
    if found is not None and found.ended_at is None:
        if found.answers or never is None:
            return found
        found = msgspec.structs.replace(found, never=never)
        store.write(tx, found)
        return found
    made = Placement(id=new_id(), learner=learner, started_at=now, never=never)
    store.write(tx, made)
    return made


def estimate(placement: Placement, graph: Graph) -> Estimate:
    """Takes some 20 milliseconds for each answer that is new to this process."""
    answers = tuple(Answer(given.skill, given.right, given.guess) for given in placement.answers)
    return estimate_of(graph, answers, placement.id)


@functools.lru_cache(maxsize=64)
def question(placement: Placement, graph: Graph, library: DrillLibrary) -> Question | None:
    """What to ask now; None when more questions would say little more."""
    asked = [given.drill for given in placement.answers]
    left = questions_left(library, graph.skills, asked, placement.id)
    found = next_question(estimate(placement, graph), {skill: guess_of(drill) for skill, drill in left.items()})
    return Question(len(asked) + 1, left[found.skill]) if found else None


def results(placement: Placement, graph: Graph) -> list[Placed]:
    """What is probable for each skill, in the order of the graph, then what it left out."""
    asked = [given.skill for given in placement.answers]
    pairs = [*zip(graph.skills, estimate(placement, graph).chances, strict=True), *((s, LEAK) for s in graph.left_out)]
    return [Placed(skill, round(chance, 3), verdict(chance), asked.count(skill)) for skill, chance in pairs]


def answer(
    tx: Connection, learner: str, asked: Question, result: Result | None, *, seconds: float, now: datetime
) -> Placement:
    """Keep the answer to the question; without a result, "I do not know".

    A question that was answered already stays as it is, so that a double click counts once.
    """
    found = running(tx, learner)
    if asked.number != len(found.answers) + 1:
        return found
    given = Given(
        drill=asked.drill.id,
        skill=asked.drill.skill,
        right=result is not None and result.outcome == "passed",
        guess=guess_of(asked.drill),
        at=now,
        seconds=min(max(seconds, 0.0), LONGEST_TIME),
    )
    changed = msgspec.structs.replace(found, answers=(*found.answers, given))
    store.write(tx, changed)
    return changed


def end(tx: Connection, learner: str, placed: list[Placed], *, now: datetime, facts: Facts) -> Placement:
    """End it and record what is probably known. A skill that an earlier placement credited, and this one does not,
    loses the credit; of the others nothing is recorded: that a skill is new is no evidence of anything done."""
    found = running(tx, learner)
    ended = msgspec.structs.replace(found, ended_at=now)
    store.write(tx, ended)
    if found.answers:
        credited = progress.placed_skills(tx, learner)
        items = [_evidence(found, number, item, credited) for number, item in enumerate(placed)]
        progress.record(tx, learner, [item for item in items if item], now=now, facts=facts)
    return ended


def _evidence(placement: Placement, number: int, item: Placed, credited: frozenset[str]) -> NewEvidence | None:
    known = item.verdict == "probably known"
    if not known and item.skill not in credited:
        return None
    return NewEvidence(
        id=f"{placement.id}:{number}",
        skill=item.skill,
        source="placement",
        ref=f"placement/{placement.id}",
        outcome="passed" if known else "failed",
        detail={"chance": item.chance, "asked": item.asked},
    )
