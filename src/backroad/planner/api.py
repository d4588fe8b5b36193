"""The plan over REST."""

from collections.abc import Sequence
from datetime import date

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.planner import actions
from backroad.planner.model import Day, Offer, Plan
from backroad.planner.outline import LabOutline
from backroad.progress import Facts


class PlanWarning(msgspec.Struct):
    kind: str
    text: str
    offers: Sequence[Offer]


class PlanAnswer(msgspec.Struct):
    days: Sequence[Day]
    end: date | None
    end_range: tuple[date, date] | None
    minutes_left: int
    warnings: list[PlanWarning]
    dropped: Sequence[str]


def plan_answer(plan: Plan) -> PlanAnswer:
    return PlanAnswer(
        plan.days,
        plan.end,
        plan.end_range,
        plan.minutes_left,
        [PlanWarning(warning.kind, warning.text, warning.offers) for warning in plan.warnings],
        plan.dropped,
    )


@get("/plan", summary="Every day from the first to the end of the road", responses=problem_responses(400, 409))
async def read_plan(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> PlanAnswer:
    plan = await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=clock.today()))
    return plan_answer(plan)


@get("/today", summary="What today holds", responses=problem_responses(400, 409))
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


ROUTER = Router("", route_handlers=[read_plan, read_today], tags=["plan"])
