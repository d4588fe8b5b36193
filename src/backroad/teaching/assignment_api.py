"""Assignments over REST."""

import msgspec
from litestar import delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.cohorts import assigning
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.http import problem_responses
from backroad.planner.outline import LabOutline
from backroad.teaching import actions as teaching
from backroad.teaching.content import content_of
from backroad.teaching.entries import AssignmentChange, AssignmentEntry, NewAssignment, assignment_entry

Outlines = dict[str, LabOutline]
INSTRUCTS = {"role": "instructor"}
WRITING = problem_responses(400, 401, 403, 404, 409, 413, 415, 422)


@get(
    "/cohorts/{cohort_id:str}/assignments",
    summary="What is assigned, by deadline",
    responses=problem_responses(400, 401, 403, 404),
)
async def list_assignments(
    cohort_id: FromPath[str],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> list[AssignmentEntry]:
    content = content_of(curriculum, outlines)
    found = await db.run(lambda tx: teaching.assignments(tx, person, cohort_id, content))
    return [assignment_entry(*one) for one in found]


@post("/cohorts/{cohort_id:str}/assignments", summary="Assign work", opt=INSTRUCTS, responses=WRITING)
async def assign(
    cohort_id: FromPath[str],
    data: JSONBody[NewAssignment],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> AssignmentEntry:
    content, given = content_of(curriculum, outlines), msgspec.structs.asdict(data)
    made = await db.run(lambda tx: assigning.assign(tx, person, cohort_id, content, clock.now(), **given))
    return assignment_entry(made, 0)


@patch(
    "/cohorts/{cohort_id:str}/assignments/{assignment_id:str}",
    summary="Change a deadline or a title",
    opt=INSTRUCTS,
    responses=WRITING,
)
async def change_assignment(
    cohort_id: FromPath[str],
    assignment_id: FromPath[str],
    data: JSONBody[AssignmentChange],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    outlines: NamedDependency[Outlines],
    db: NamedDependency[Database],
) -> AssignmentEntry:
    content, given = content_of(curriculum, outlines), msgspec.structs.asdict(data)

    where = (cohort_id, assignment_id)
    return assignment_entry(*await db.run(lambda tx: teaching.change_assignment(tx, person, *where, content, **given)))


@delete(
    "/cohorts/{cohort_id:str}/assignments/{assignment_id:str}",
    summary="Take an assignment back",
    opt=INSTRUCTS,
    responses=problem_responses(400, 401, 403, 404, 409),
)
async def remove_assignment(
    cohort_id: FromPath[str],
    assignment_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> None:
    await db.run(lambda tx: assigning.remove(tx, person, cohort_id, assignment_id))


HANDLERS = (list_assignments, assign, change_assignment, remove_assignment)
