"""How a cohort's learners stand, over REST."""

from typing import Annotated, Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, Parameter
from sqlalchemy import Connection

from backroad.cohorts import actions, figures, store
from backroad.cohorts.model import Cohort
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_name, write_name
from backroad.planner.outline import LabOutline
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

    def read(tx: Connection) -> tuple[Cohort, list[figures.Row]]:
        cohort = actions.taught(tx, person, cohort_id)
        assignments = store.assignments(tx, cohort_id)
        return cohort, figures.roster(tx, cohort, content, assignments, now, limit + 1, choice)

    cohort, rows = await db.run(read)
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

    def read(tx: Connection) -> tuple[list[figures.Named], dict[str, dict[str, Any]]]:
        cohort = actions.taught(tx, person, cohort_id)
        skills = [one for one in curriculum.road(cohort.road).skills if not area or one.startswith(f"{area}.")]
        people = figures.names(tx, cohort, limit + 1, after)
        return people, figures.levels(tx, [one.learner for one in people[:limit]], skills)

    people, levels = await db.run(read)
    last = people[limit - 1] if len(people) > limit else None
    rows = [StandingRow(one.learner, one.name, levels[one.learner]) for one in people[:limit]]
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
    lab = content_of(curriculum, outlines).labs.get(slug)

    def read(tx: Connection) -> LabFigures:
        cohort = actions.taught(tx, person, cohort_id)
        if lab is None:
            raise NotFound(f"There is no lab called {slug[:80]!r}.")
        checks, finished = figures.lab_checks(tx, cohort, lab), figures.stages_finished(tx, cohort, lab)
        stages = []
        for number, (refs, done) in enumerate(zip(lab.stages, finished, strict=True), 1):
            known = [checks.get(ref, figures.CheckFigures(ref, 0, 0, 0, 0)) for ref in refs]
            rows = [CheckEntry(one.ref, number, one.tried, one.passed, one.failed, one.runs) for one in known]
            stages.append(StageEntry(number, done, rows))
        return LabFigures(slug, store.member_counts(tx, [cohort_id]).get(cohort_id, 0), stages)

    return await db.run(read)


HANDLERS = (list_learners, read_standing, list_stuck, read_lab)
