"""How a cohort's learners stand, over REST."""

from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter

from backroad.cohorts import actions, figures
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_name, write_name
from backroad.planner.outline import LabOutline
from backroad.teaching import actions as teaching
from backroad.teaching.content import content_of
from backroad.teaching.entries import (
    CheckEntry,
    LabFigures,
    LearnerEntry,
    StageEntry,
    StandingRow,
    StuckEntry,
    learner_entry,
)

Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
READING = problem_responses(400, 401, 403, 404)


@get(
    "/cohorts/{cohort_id:str}/learners",
    summary="The learners of a cohort, by name, and how they stand",
    opt=INSTRUCTS,
    responses=READING,
)
async def list_learners(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    q: Annotated[str, Parameter(max_length=80, description="A piece of the name.")] = "",
    stuck: Annotated[bool, Parameter(description="Only those who are stuck.")] = False,
    behind: Annotated[bool, Parameter(description="Only those who are behind.")] = False,
) -> Page[LearnerEntry]:
    choice = figures.Choice(q.replace("\0", ""), stuck, behind, read_name(cursor))
    content, now = content_of(curriculum, outlines), clock.now()

    cohort, rows = await db.run(lambda tx: teaching.learners(tx, person, cohort_id, content, now, limit + 1, choice))
    expected = cohort.expected(clock.local_day(now))
    last = rows[limit - 1] if len(rows) > limit else None
    entries = [learner_entry(row, expected) for row in rows[:limit]]
    return Page(entries, write_name(last.folded, last.learner) if last else None)


@get(
    "/cohorts/{cohort_id:str}/standing",
    summary="Standing by learner and skill",
    opt=INSTRUCTS,
    responses=READING,
)
async def read_standing(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    area: Annotated[str, Parameter(max_length=40, description="Only skills of this area.")] = "",
) -> Page[StandingRow]:
    after = read_name(cursor)

    found = await db.run(
        lambda tx: teaching.standing(tx, person, cohort_id, curriculum, limit + 1, area=area, after=after)
    )
    last = found[limit - 1][0] if len(found) > limit else None
    rows = [StandingRow(one.learner, one.name, levels) for one, levels in found[:limit]]
    return Page(rows, write_name(last.folded, last.learner) if last else None)


@get(
    "/cohorts/{cohort_id:str}/stuck",
    summary="Who is stuck on which check: failed in three runs or more, and not passed since",
    opt=INSTRUCTS,
    responses=READING,
)
async def list_stuck(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    limit: Limit = 100,
    lab: Annotated[str, Parameter(max_length=80, description="Only checks of this lab.")] = "",
) -> list[StuckEntry]:
    found = await db.run(
        lambda tx: figures.stuck_checks(tx, actions.taught(tx, person, cohort_id), limit, lab=lab.replace("\0", ""))
    )
    return [StuckEntry(one.learner, one.name, one.ref, one.runs, one.since) for one in found]


@get(
    "/cohorts/{cohort_id:str}/labs/{slug:str}",
    summary="Completion and attempts by stage and check of a lab",
    opt=INSTRUCTS,
    responses=READING,
)
async def read_lab(
    cohort_id: FromPath[str],
    slug: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> LabFigures:
    content = content_of(curriculum, outlines)
    return lab_figures(slug, await db.run(lambda tx: teaching.lab(tx, person, cohort_id, content, slug)))


def lab_figures(slug: str, seen: teaching.LabSeen) -> LabFigures:
    stages = []
    for number, (finished, checks) in enumerate(seen.stages, 1):
        rows = [CheckEntry(one.ref, number, one.tried, one.passed, one.failed, one.runs) for one in checks]
        stages.append(StageEntry(number, finished, rows))
    return LabFigures(slug, seen.learners, stages)


HANDLERS = (list_learners, read_standing, list_stuck, read_lab)
