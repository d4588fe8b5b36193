"""Drills over REST: a drill without its key, an answer, and what is due."""

from datetime import date
from typing import Annotated, Any

import msgspec
from litestar import Router, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.drills import actions
from backroad.drills.library import DrillLibrary
from backroad.drills.model import Kind, Result, Shown, show
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.progress import Facts
from backroad.progress import actions as progress
from backroad.progress.model import HeldBack


class DrillEntry(msgspec.Struct):
    id: str
    skill: str
    kind: Kind
    seconds: int


class Given(msgspec.Struct, forbid_unknown_fields=True):
    """`answer` is a key or a list of keys (single, multiple), `{"order": [keys]}`, `{"match": {left: right}}` or
    `{"text": "..."}` (all others). An open question takes `points` too, the keys of those points of the rubric that
    your answer has; without them it is `unclear`, and not recorded. `id` makes a repeated submission count once."""

    answer: Any
    seconds: Annotated[float, msgspec.Meta(ge=0, le=86_400)] = 0.0
    id: Annotated[str, msgspec.Meta(max_length=40)] = ""


class Due(msgspec.Struct):
    drill: str
    skill: str
    due: date


@get(
    "/skills/{skill_id:str}/drills",
    summary="The drills of a skill",
    sync_to_thread=False,
    responses=problem_responses(400, 404),
)
def list_drills(
    skill_id: FromPath[str], curriculum: NamedDependency[Curriculum], library: NamedDependency[DrillLibrary]
) -> list[DrillEntry]:
    curriculum.skill(skill_id)
    return [DrillEntry(drill.id, drill.skill, drill.kind, drill.seconds) for drill in library.of_skill(skill_id)]


@get(
    "/drills/{skill_id:str}/{name:str}", summary="One drill, as it is asked", responses=problem_responses(400, 404, 409)
)
async def read_drill(
    skill_id: FromPath[str],
    name: FromPath[str],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
) -> Shown:
    return show(library.get(f"{skill_id}/{name}"), learner=learner.id, seed=clock.today().isoformat())


@post(
    "/drills/{skill_id:str}/{name:str}/answers",
    summary="Answer a drill; the outcome becomes evidence",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def answer_drill(
    skill_id: FromPath[str],
    name: FromPath[str],
    data: JSONBody[Given],
    learner: NamedDependency[Learner],
    library: NamedDependency[DrillLibrary],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Result:
    drill = library.get(f"{skill_id}/{name}")
    result = await actions.judged(drill, data.answer)
    answered = await db.run(
        lambda tx: actions.answer(
            tx,
            learner.id,
            drill,
            result,
            seconds=data.seconds,
            now=clock.now(),
            facts=facts,
            evidence_id=data.id,
        )
    )
    return answered.result


@get("/reviews", summary="Drills that are due for review, longest due first", responses=problem_responses(400, 409))
async def list_reviews(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    limit: Annotated[int, Parameter(ge=1, le=500)] = 100,
) -> list[Due]:
    cards = await db.run(lambda tx: progress.due_reviews(tx, learner.id, clock.today(), limit))
    return [Due(card.ref, card.skill, card.due) for card in cards]


class Coming(msgspec.Struct):
    """`day` has `reviews`, as far as can be told today."""

    day: date
    reviews: int


class Forecast(msgspec.Struct):
    days: list[Coming]
    held_back: HeldBack | None
    """What is due and that the settings allow no more today."""


@get("/reviews/forecast", summary="How many reviews the next days bring", responses=problem_responses(400, 409))
async def read_forecast(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    days: Annotated[int, Parameter(ge=1, le=366)] = 14,
) -> Forecast:
    today = clock.today()
    coming, held = await db.run(
        lambda tx: (progress.forecast(tx, learner.id, today, days), progress.held_back(tx, learner.id, today))
    )
    return Forecast([Coming(day, count) for day, count in sorted(coming.items())], held)


ROUTER = Router(
    "", route_handlers=[list_drills, read_drill, answer_drill, list_reviews, read_forecast], tags=["drills"]
)
