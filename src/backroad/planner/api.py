"""The plan over REST."""

import asyncio
from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter
from sqlalchemy import Connection

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.kept import KEPT
from backroad.kit.paging import Cursor, Limit, Page, read_day, write_day
from backroad.planner import actions, moving
from backroad.planner.changes import Changes
from backroad.planner.model import Day, OfferKind, Plan, Wish
from backroad.planner.moving import Choice
from backroad.planner.outline import LabOutline
from backroad.planner.schedule import plan as make_plan
from backroad.progress import Facts


@get(
    "/plan", summary="Every day from the first to the end of the road", responses=problem_responses(400, 409), opt=KEPT
)
async def read_plan(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Plan:
    return await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=clock.today()))


@get("/today", summary="What today holds", responses=problem_responses(400, 409), opt=KEPT)
async def read_today(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Day:
    today = clock.today()
    plan = await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=today))
    return actions.day_of(plan, today)


class OfferTaken(msgspec.Struct, forbid_unknown_fields=True):
    kind: OfferKind


@post(
    "/plan/offers",
    summary="Take one of the ways out that the plan offers for a deadline it cannot meet",
    status_code=200,
    responses=problem_responses(400, 409, 413, 415),
)
async def take_offer(
    data: JSONBody[OfferTaken],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Plan:
    today = clock.today()
    return await db.run(lambda tx: actions.take_offer(tx, learner, curriculum, outlines, facts, data.kind, today=today))


class MoveAsked(msgspec.Struct, forbid_unknown_fields=True):
    day: date
    """From today to four years ahead."""


@get(
    "/plan/wishes",
    summary="Sessions that you moved, by day; the plan's `broken` says which cannot be kept",
    responses=problem_responses(409),
)
async def list_wishes(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> list[Wish]:
    return list(await db.run(lambda tx: actions.wishes_of(tx, learner)))


@put(
    "/plan/wishes/{session:str}",
    summary="Move a session to a day, or keep it there; 409 says what is in the way, and which day is nearest",
    responses=problem_responses(400, 404, 409, 413, 415),
)
async def move_session(
    session: FromPath[str],
    data: JSONBody[MoveAsked],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Plan:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    return await db.run(lambda tx: actions.move(tx, *where, session, data.day, today=today))


@delete(
    "/plan/wishes/{session:str}",
    summary="Let the plan decide about a session again",
    status_code=200,
    responses=problem_responses(400, 404, 409),
)
async def unmove_session(
    session: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Plan:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    return await db.run(lambda tx: actions.unmove(tx, *where, session, today=today))


@get(
    "/plan/days",
    summary="The days of the plan, a page at a time, from `since` on",
    responses=problem_responses(400, 409),
)
async def list_days(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
    since: Annotated[date | None, Parameter(description="The first day.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[Day]:
    first = read_day(cursor) or since or date.min
    today = clock.today()
    plan = await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=today))
    days = [day for day in plan.days if day.date >= first]
    return Page(days[:limit], write_day(days[limit].date) if len(days) > limit else None)


class ChangesAnswer(msgspec.Struct):
    """Null when nothing moved since the day began."""

    changes: Changes | None


@get("/plan/changes", summary="What moved since today began", responses=problem_responses(400, 409))
async def read_changes(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> ChangesAnswer:
    today = clock.today()

    def read(tx: Connection) -> Changes | None:
        plan = actions.plan_for(tx, learner, curriculum, outlines, facts, today=today)
        return actions.moved_of(tx, learner, plan, today=today)

    return ChangesAnswer(await db.run(read))


@get(
    "/plan/sessions/{session:str}/days",
    summary="The days around a session, and why it cannot stand on some of them",
    responses=problem_responses(400, 404, 409),
)
async def list_choices(
    session: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> list[Choice]:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    asked = await db.run(lambda tx: actions.request_for(tx, *where, today=today))

    def choices() -> list[Choice]:
        plan = make_plan(asked)
        return moving.choices(asked, plan, *moving.found(plan, session))

    return await asyncio.to_thread(choices)


ROUTER = Router(
    "",
    route_handlers=[
        read_plan,
        list_days,
        read_changes,
        list_choices,
        read_today,
        take_offer,
        list_wishes,
        move_session,
        unmove_session,
    ],
    tags=["plan"],
)
