"""Placement over REST: where it stands, the question, an answer, the end."""

from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Shown, show
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.placement import taking
from backroad.placement.choose import MOST_QUESTIONS
from backroad.placement.taking import PlacementNow
from backroad.progress import Facts


class QuestionAnswer(msgspec.Struct):
    number: int
    """From 1."""
    most: int
    drill: Shown


class AnswerGiven(msgspec.Struct, forbid_unknown_fields=True):
    """`answer` is as for the drill itself; `null` says "I do not know". `number` is the question's: a question that was
    answered already stays as it is."""

    number: Annotated[float, msgspec.Meta(ge=1, le=MOST_QUESTIONS, multiple_of=1)]  # 16.0 is an integer in JSON Schema
    answer: Any
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0


class PlacementBegun(msgspec.Struct, forbid_unknown_fields=True):
    """`never` are areas of the road in which you have never worked: nothing is asked about them, and they stay new."""

    never: Annotated[tuple[str, ...], msgspec.Meta(max_length=100)] | None = None


@get("/placement", summary="Where the placement stands, and what it says so far", responses=problem_responses(409))
async def read_placement(
    learner: NamedDependency[Learner], curriculum: NamedDependency[Curriculum], db: NamedDependency[Database]
) -> PlacementNow:
    return await taking.standing(db, learner, curriculum)


@post(
    "/placement",
    summary="Begin, or go on with the one that is running",
    responses=problem_responses(400, 409, 413, 415),
)
async def begin_placement(
    data: JSONBody[PlacementBegun],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> PlacementNow:
    await taking.begin(db, learner, curriculum, data.never)
    return await taking.standing(db, learner, curriculum)


@get("/placement/question", summary="The question to answer now", responses=problem_responses(404, 409))
async def read_question(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    db: NamedDependency[Database],
) -> QuestionAnswer:
    asked = await taking.question(db, learner, curriculum, library)
    drill = show(asked.drill, learner=learner.id, seed=clock.today().isoformat())
    return QuestionAnswer(asked.number, MOST_QUESTIONS, drill)


@post(
    "/placement/answers",
    summary="Answer the question; after the last one the placement ends",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def answer_question(
    data: JSONBody[AnswerGiven],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> PlacementNow:
    await taking.answer(db, learner, curriculum, library, facts, int(data.number), data.answer, data.seconds)
    return await taking.standing(db, learner, curriculum)


@post(
    "/placement/end",
    summary="End it now; what is probably known becomes evidence",
    responses=problem_responses(400, 409),
)
async def end_placement(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> PlacementNow:
    await taking.end(db, learner, curriculum, facts)
    return await taking.standing(db, learner, curriculum)


ROUTER = Router(
    "",
    route_handlers=[read_placement, begin_placement, read_question, answer_question, end_placement],
    tags=["placement"],
)
