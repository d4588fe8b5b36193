"""The learner over REST."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody
from sqlalchemy import Connection

from backroad.accounts import actions, store
from backroad.accounts.model import (
    MOST_MINUTES_A_DAY,
    MOST_REVIEWS_A_DAY,
    RETENTION,
    RETENTIONS,
    REVIEWS_A_DAY,
    STUDY_FROM,
    Learner,
)
from backroad.curriculum import Curriculum, Language
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.etags import IfMatch, refuse_stale
from backroad.kit.http import problem_responses

Minutes = Annotated[int, msgspec.Meta(ge=0, le=MOST_MINUTES_A_DAY)]
Days = Annotated[list[date], msgspec.Meta(max_length=2000)]


class LearnerChange(msgspec.Struct, forbid_unknown_fields=True):
    """`minutes` are those of Monday … Sunday and must add up to at least 60; `retention` is in per cent."""

    road: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    language: Language
    minutes: Annotated[list[Minutes], msgspec.Meta(min_length=7, max_length=7)]
    start: date
    days_off: Days = []
    deadline: date | None = None
    drop_optional: bool = False
    study_from: Annotated[str, msgspec.Meta(pattern="^([01][0-9]|2[0-3]):[0-5][0-9]$")] = STUDY_FROM
    retention: Annotated[int, msgspec.Meta(ge=RETENTIONS[0], le=RETENTIONS[-1])] = RETENTION
    reviews_a_day: Annotated[int, msgspec.Meta(ge=1, le=MOST_REVIEWS_A_DAY)] = REVIEWS_A_DAY


@get("/learner", summary="Your settings", responses=problem_responses(409))
async def read_learner(learner: NamedDependency[Learner]) -> Learner:
    return learner


@put("/learner", summary="Settle in, or change your settings", responses=problem_responses(400, 412, 413, 415))
async def change_learner(
    data: JSONBody[LearnerChange],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    curriculum: NamedDependency[Curriculum],
    if_match: IfMatch = None,
) -> Learner:
    def settle(tx: Connection) -> Learner:
        refuse_stale(if_match, store.read(tx, person.id))
        return actions.settle(
            tx,
            road=data.road,
            roads=curriculum.roads.keys(),
            language=data.language,
            minutes=data.minutes,
            start=data.start,
            days_off=data.days_off,
            deadline=data.deadline,
            drop_optional=data.drop_optional,
            study_from=data.study_from,
            retention=data.retention,
            reviews_a_day=data.reviews_a_day,
            now=clock.now(),
            learner_id=person.id,
        )

    return await db.run(settle)


@post(
    "/learner/calendar-token",
    summary="Give the calendar feed a new address; the old one leads nowhere from now on",
    status_code=200,
    responses=problem_responses(400, 409),
)
async def renew_calendar_token(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> Learner:
    return await db.run(lambda tx: actions.renew_calendar(tx, learner))


ROUTER = Router("", route_handlers=[read_learner, change_learner, renew_calendar_token], tags=["learner"])
