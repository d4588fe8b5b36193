"""Evidence and standing over REST."""

from datetime import date
from typing import Annotated

import msgspec
from litestar import Router, get
from litestar.di import NamedDependency
from litestar.params import Parameter

from backroad.accounts.model import Learner
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.kept import KEPT
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.progress import actions
from backroad.progress.model import Card, Evidence, Memory, Outcome, Source, Standing
from backroad.progress.streak import streak


class ProgressAnswer(msgspec.Struct):
    """`seconds` maps days to the time spent on them."""

    levels: dict[str, int]
    streak: int
    longest_streak: int
    seconds: dict[date, float]


@get("/evidence", summary="The ledger, newest first", responses=problem_responses(400, 409), opt=KEPT)
async def list_evidence(
    learner: NamedDependency[Learner],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    skill: Annotated[str | None, Parameter(description="Only of this skill.", max_length=100)] = None,
    source: Annotated[Source | None, Parameter(description="Only from there.")] = None,
    outcome: Annotated[Outcome | None, Parameter(description="Only what ended so.")] = None,
) -> Page[Evidence]:
    before, only = read_cursor(cursor), {"skill": skill, "source": source, "outcome": outcome}
    found = await db.run(lambda tx: actions.newest_evidence(tx, learner.id, limit + 1, before=before, **only))
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], write_cursor(last.at, last.id) if last else None)


@get(
    "/standings", summary="Every skill with evidence, and how it stands now", responses=problem_responses(409), opt=KEPT
)
async def list_standings(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> list[Standing]:
    found = await db.run(lambda tx: actions.standings(tx, learner.id, clock.now()))
    return [found[skill] for skill in sorted(found)]


@get("/progress", summary="Levels, streak and time in numbers", responses=problem_responses(409), opt=KEPT)
async def read_progress(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> ProgressAnswer:
    standings, active = await db.run(
        lambda tx: (actions.standings(tx, learner.id, clock.now()), actions.days_active(tx, learner.id))
    )
    levels = dict.fromkeys(("learning", "practised", "proven"), 0)
    for standing in standings.values():
        if standing.level in levels:
            levels[standing.level] += 1
    days = streak(active, clock.today(), learner.is_off)
    return ProgressAnswer(levels, days.current, days.longest, active)


class MemoryAnswer(msgspec.Struct):
    """`leeches` are drills that were forgotten again and again."""

    memory: Memory
    leeches: list[Card]


@get("/memory", summary="What your reviews say of your memory", responses=problem_responses(409))
async def read_memory(learner: NamedDependency[Learner], db: NamedDependency[Database]) -> MemoryAnswer:
    return await db.run(lambda tx: MemoryAnswer(actions.memory_of(tx, learner.id), actions.leeches(tx, learner.id)))


ROUTER = Router("", route_handlers=[list_evidence, list_standings, read_progress, read_memory], tags=["progress"])
