"""Moving a session: the form that works everywhere, and what a drag sends."""

import asyncio
from datetime import date
from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.accounts.model import Learner
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.forms import day_of
from backroad.kit.pages import page
from backroad.planner import actions, moving
from backroad.planner.model import Plan
from backroad.planner.model import Request as PlanRequest
from backroad.planner.outline import LabOutline
from backroad.planner.schedule import plan as make_plan
from backroad.planner.wishes import named
from backroad.progress import Facts

FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]


def _page(asked: PlanRequest, name: str, back: str, *, problem: str = "", chosen: date | None = None) -> Response[str]:
    """The form, with the days around the session and why some of them are not possible."""
    plan = make_plan(asked)
    held, session = moving.found(plan, name)
    days = moving.choices(asked, plan, held, session)
    return page(
        "planner/move.html",
        status=409 if problem else 200,
        nav="plan",
        key=session.key,
        name=named(session.kind, session.title),
        part_of=session.part_of,
        minutes=session.minutes,
        held=held,
        wished=bool(moving.own_wishes(asked, plan, held, session)),
        days=[choice.day for choice in days if not choice.why_not],
        others=[choice for choice in days if choice.why_not],
        chosen=chosen or held,
        problem=problem,
        back="today" if back == "today" else "",
    )


@get("/plan/move", include_in_schema=False)
async def move_page(
    request: Request[Any, Any, Any],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str]:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    asked = await db.run(lambda tx: actions.request_for(tx, *where, today=today))
    name, back = request.query_params.get("session", ""), request.query_params.get("from", "")
    # A month of days is tried: some tens of milliseconds, not on the event loop.
    return await asyncio.to_thread(_page, asked, name, back)


@post("/plan/move", include_in_schema=False)
async def move_session(
    data: FormData,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[str] | Redirect:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    name, back = str(data.get("session", "")), str(data.get("from", ""))
    day = day_of(data.get("other") or data.get("day", ""), "The day")
    try:
        plan = await db.run(lambda tx: actions.move(tx, *where, name, day, today=today))
    except moving.CannotMove as problem:
        said, nearest = str(problem), problem.nearest
        asked = await db.run(lambda tx: actions.request_for(tx, *where, today=today))
        return await asyncio.to_thread(_page, asked, name, back, problem=said, chosen=nearest)
    return _back(plan, name, day, back)


@post("/plan/unmove", include_in_schema=False)
async def unmove_session(
    data: FormData,
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Redirect:
    where, today = (learner, curriculum, outlines, facts), clock.today()
    name, back = str(data.get("session", "")), str(data.get("from", ""))
    plan = await db.run(lambda tx: actions.unmove(tx, *where, name, today=today))
    return _back(plan, name, today, back)


def _back(plan: Plan, name: str, day: date, back: str) -> Redirect:
    """To the page it came from, which says where the session stands now."""
    try:
        day, session = moving.found(plan, name)
        name = session.key
    except Problem:
        name = ""
    if back == "today":
        return Redirect(f"/?{urlencode({'moved': name})}", status_code=303)
    return Redirect(f"/plan?{urlencode({'week': day, 'moved': name})}", status_code=303)


ROUTES = (move_page, move_session, unmove_session)
