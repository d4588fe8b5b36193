"""The address that calendars subscribe to."""

import asyncio
import secrets
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from backroad.accounts.model import Learner
from backroad.calendar.feed import feed
from backroad.curriculum import Curriculum
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.planner import actions as planner
from backroad.planner.outline import LabOutline
from backroad.progress import Facts


@get("/calendar/{file:str}", include_in_schema=False)
async def calendar_feed(
    request: Request[Any, Any, Any],
    file: FromPath[str],
    learner: NamedDependency[Learner],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[dict[str, LabOutline]],
    facts: NamedDependency[Facts],
    db: NamedDependency[Database],
) -> Response[bytes]:
    token = file.removesuffix(".ics").encode()
    if not learner.calendar_token or not secrets.compare_digest(token, learner.calendar_token.encode()):
        raise NotFound("There is no calendar at this address.", "Settings shows the one of your plan.")
    today = clock.today()
    plan = await db.run(lambda tx: planner.plan_for(tx, learner, curriculum, outlines, facts, today=today))
    address = str(request.base_url).rstrip("/")
    # Some hundred events take the library half a second: not on the event loop.
    now = clock.now()
    content, _ = await asyncio.to_thread(
        feed, plan, learner, address=address, now=now, today=today, private=curriculum.private_skills
    )
    headers = {"content-disposition": 'inline; filename="backroad.ics"', "cache-control": "no-store"}
    return Response(content, media_type="text/calendar", headers=headers)


ROUTES = (calendar_feed,)
