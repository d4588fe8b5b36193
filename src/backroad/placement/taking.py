"""A placement being taken, for pages and programs: estimates are computed on a thread, outside of transactions."""

import asyncio
from collections.abc import Collection

import msgspec

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.grade import grade
from backroad.drills.library import DrillLibrary
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.placement import actions
from backroad.placement.choose import MOST_QUESTIONS
from backroad.placement.model import Given, Placed, Placement, PlacementState, Question
from backroad.placement.questions import graph_of, read_never
from backroad.progress import Facts


class PlacementNow(msgspec.Struct, frozen=True):
    """Where the placement stands. `skills` is empty before the first answer."""

    state: PlacementState
    id: str = ""
    answered: int = 0
    most: int = MOST_QUESTIONS
    skills: tuple[Placed, ...] = ()
    answers: tuple[Given, ...] = ()


async def begin(
    db: Database, learner: Learner, curriculum: Curriculum, never: Collection[str] | None = None
) -> Placement:
    new = None if never is None else read_never(learner, curriculum, never)
    return await db.run(lambda tx: actions.begin(tx, learner.id, clock.now(), new))


async def standing(db: Database, learner: Learner, curriculum: Curriculum) -> PlacementNow:
    found = await db.run(lambda tx: actions.newest(tx, learner.id))
    return await asyncio.to_thread(standing_of, found, learner, curriculum)


def standing_of(found: Placement | None, learner: Learner, curriculum: Curriculum) -> PlacementNow:
    if found is None:
        return PlacementNow("not begun")
    skills = tuple(actions.results(found, graph_of(learner, curriculum, found.never))) if found.answers else ()
    state: PlacementState = "ended" if found.ended_at else "running"
    return PlacementNow(state, found.id, len(found.answers), MOST_QUESTIONS, skills, found.answers)


async def question(db: Database, learner: Learner, curriculum: Curriculum, library: DrillLibrary) -> Question:
    found = await db.run(lambda tx: actions.running(tx, learner.id))
    asked = await asyncio.to_thread(actions.question, found, graph_of(learner, curriculum, found.never), library)
    if asked is None:
        raise NotFound("There is nothing more to ask.", "End the placement to take its result.")
    return asked


async def answer(
    db: Database,
    learner: Learner,
    curriculum: Curriculum,
    library: DrillLibrary,
    facts: Facts,
    number: int,
    given: object,
    seconds: float,
) -> None:
    """Judge the answer to a question and keep it. Another number than the present question's changes nothing."""
    asked = await question(db, learner, curriculum, library)
    if number != asked.number:
        return
    result = None if given is None else grade(asked.drill, given)
    changed = await db.run(lambda tx: actions.answer(tx, learner.id, asked, result, seconds=seconds, now=clock.now()))
    graph = graph_of(learner, curriculum, changed.never)
    if await asyncio.to_thread(actions.question, changed, graph, library) is None:
        await end(db, learner, curriculum, facts)


async def end(db: Database, learner: Learner, curriculum: Curriculum, facts: Facts) -> None:
    found = await db.run(lambda tx: actions.running(tx, learner.id))
    placed = await asyncio.to_thread(actions.results, found, graph_of(learner, curriculum, found.never))
    await db.run(lambda tx: actions.end(tx, learner.id, placed, now=clock.now(), facts=facts))
