"""The plan over REST."""

from litestar import Router, get
from litestar.di import NamedDependency

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.planner import actions
from backroad.planner.model import Day, Plan
from backroad.planner.outline import LabOutline
from backroad.progress import Facts


@get("/plan", summary="Every day from the first to the end of the road", responses=problem_responses(400, 409))
async def read_plan(
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Plan:
    return await db.run(lambda tx: actions.plan_for(tx, learner, curriculum, outlines, facts, today=clock.today()))


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
