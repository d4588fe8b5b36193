"""The learner over REST."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, get, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from backroad.accounts import actions
from backroad.accounts.model import MOST_MINUTES_A_DAY, Learner
from backroad.curriculum import Curriculum, Language
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses

Minutes = Annotated[int, msgspec.Meta(ge=0, le=MOST_MINUTES_A_DAY)]
Days = Annotated[list[date], msgspec.Meta(max_length=2000)]


class LearnerChange(msgspec.Struct, forbid_unknown_fields=True):
    """`minutes` are those of Monday … Sunday and must add up to at least 60."""

    road: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    language: Language
    minutes: Annotated[list[Minutes], msgspec.Meta(min_length=7, max_length=7)]
    start: date
    days_off: Days = []
    deadline: date | None = None
    drop_optional: bool = False


@get("/learner", summary="Your settings", responses=problem_responses(409))
async def read_learner(learner: NamedDependency[Learner]) -> Learner:
    return learner


@put("/learner", summary="Settle in, or change your settings", responses=problem_responses(400, 413, 415))
async def change_learner(
    data: JSONBody[LearnerChange], db: NamedDependency[Database], curriculum: NamedDependency[Curriculum]
) -> Learner:
    return await db.run(
        lambda tx: actions.settle(
            tx,
            road=data.road,
            roads=curriculum.roads.keys(),
            language=data.language,
            minutes=data.minutes,
            start=data.start,
            days_off=data.days_off,
            deadline=data.deadline,
            drop_optional=data.drop_optional,
            now=clock.now(),
        )
    )


ROUTER = Router("", route_handlers=[read_learner, change_learner], tags=["learner"])
