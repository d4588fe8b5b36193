"""Cohorts over REST: making them, and who is in them. `standing_api`, `assignment_api` and `learner_api` go on."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, Parameter
from sqlalchemy import Connection

from backroad.cohorts import actions, invitations, store
from backroad.cohorts.model import Cohort, Instructor
from backroad.curriculum import Curriculum
from backroad.identity.model import Person
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.etags import IfMatch, refuse_stale
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.settings import Settings
from backroad.teaching import actions as teaching
from backroad.teaching import assignment_api, learner_api, standing_api
from backroad.teaching.entries import (
    CohortChange,
    CohortEntry,
    InvitationEntry,
    InvitationMade,
    Joining,
    NewCohort,
    NewInstructor,
    NewInvitation,
    cohort_entry,
    invitation_entry,
)

INSTRUCTS = {"role": "instructor"}
READING = problem_responses(400, 401, 403, 404)
WRITING = problem_responses(400, 401, 403, 404, 409, 413, 415, 422)


def entries_of(tx: Connection, person: Person, cohorts: Sequence[Cohort]) -> list[CohortEntry]:
    """Of cohorts that this person may see. Two statements, however many there are."""
    ids = [one.id for one in cohorts]
    named, counts = store.instructors(tx, ids), store.member_counts(tx, ids)

    def instructs(there: list[Instructor]) -> bool:
        mine = person.id in {one.person for one in there}
        return person.role == "admin" or (person.may("instructor") and mine)

    return [
        cohort_entry(one, named[one.id], counts.get(one.id, 0), instructs=instructs(named[one.id])) for one in cohorts
    ]


def entry_of(tx: Connection, person: Person, cohort: Cohort) -> CohortEntry:
    return entries_of(tx, person, [cohort])[0]


def newest(
    tx: Connection,
    person: Person,
    limit: int,
    *,
    role: str | None,
    archived: bool | None,
    before: tuple[datetime, str] | None,
) -> list[CohortEntry]:
    """Those in which they learn or that they instruct; for an admin, all."""
    everything = person.role == "admin"
    found = store.cohorts(tx, person.id, limit, role=role, everything=everything, archived=archived, before=before)
    return entries_of(tx, person, found)


@get("/cohorts", summary="Your cohorts, newest first", responses=problem_responses(400, 401, 403))
async def list_cohorts(
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    limit: Limit = 20,
    cursor: Cursor = None,
    role: Annotated[
        Literal["instructor", "member"] | None, Parameter(description="Only those that you instruct, or learn in.")
    ] = None,
    archived: Annotated[bool | None, Parameter(description="Only archived ones, or only the others.")] = None,
) -> Page[CohortEntry]:
    before = read_cursor(cursor)
    entries = await db.run(lambda tx: newest(tx, person, limit + 1, role=role, archived=archived, before=before))
    last = entries[limit - 1] if len(entries) > limit else None
    return Page(entries[:limit], write_cursor(last.created_at, last.id) if last else None)


@post("/cohorts", summary="Make a cohort that you instruct", opt=INSTRUCTS, responses=WRITING)
async def make_cohort(
    data: JSONBody[NewCohort],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> Response[CohortEntry]:
    def make(tx: Connection) -> CohortEntry:
        given = msgspec.structs.asdict(data)
        made = actions.make(tx, person, roads=curriculum.roads, now=clock.now(), **given)
        return entry_of(tx, person, made)

    made = await db.run(make)
    return Response(made, headers={"location": f"/api/v1/cohorts/{made.id}"})


@get("/cohorts/{cohort_id:str}", summary="One cohort", responses=READING)
async def read_cohort(
    cohort_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> CohortEntry:
    return await db.run(lambda tx: entry_of(tx, person, actions.seen(tx, person, cohort_id)[0]))


@patch(
    "/cohorts/{cohort_id:str}",
    summary="Change, archive or resume a cohort",
    opt=INSTRUCTS,
    responses=WRITING | problem_responses(412),
)
async def change_cohort(
    cohort_id: FromPath[str],
    data: JSONBody[CohortChange],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
    if_match: IfMatch = None,
) -> CohortEntry:
    given = {
        name: value for name, value in msgspec.structs.asdict(data).items() if not isinstance(value, msgspec.UnsetType)
    }

    def change(tx: Connection) -> CohortEntry:
        refuse_stale(if_match, entry_of(tx, person, actions.taught(tx, person, cohort_id)))
        changed = actions.change(tx, person, cohort_id, curriculum.roads, clock.now(), **given)
        return entry_of(tx, person, changed)

    return await db.run(change)


class InstructorEntry(msgspec.Struct):
    person: str
    name: str


@get("/cohorts/{cohort_id:str}/instructors", summary="A cohort's instructors", opt=INSTRUCTS, responses=READING)
async def list_instructors(
    cohort_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> list[InstructorEntry]:
    def read(tx: Connection) -> list[Instructor]:
        return actions.instructors_of(tx, actions.taught(tx, person, cohort_id).id)

    return [InstructorEntry(one.person, one.name) for one in await db.run(read)]


@post(
    "/cohorts/{cohort_id:str}/instructors",
    summary="Let another instructor teach it too",
    opt=INSTRUCTS,
    responses=WRITING,
)
async def add_instructor(
    cohort_id: FromPath[str],
    data: JSONBody[NewInstructor],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> InstructorEntry:
    added = await db.run(lambda tx: actions.add_instructor(tx, person, cohort_id, data.email, clock.now()))
    return InstructorEntry(added.person, added.name)


@delete(
    "/cohorts/{cohort_id:str}/instructors/{other:str}",
    summary="Take a cohort from an instructor",
    opt=INSTRUCTS,
    responses=problem_responses(400, 401, 403, 404, 409),
)
async def remove_instructor(
    cohort_id: FromPath[str], other: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> None:
    await db.run(lambda tx: actions.remove_instructor(tx, person, cohort_id, other, clock.now()))


@get(
    "/cohorts/{cohort_id:str}/invitations",
    summary="A cohort's invitations, newest first",
    opt=INSTRUCTS,
    responses=READING,
)
async def list_invitations(
    cohort_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> list[InvitationEntry]:
    found = await db.run(lambda tx: store.invitations(tx, actions.taught(tx, person, cohort_id).id))
    return [invitation_entry(one, clock.now()) for one in found]


@post(
    "/cohorts/{cohort_id:str}/invitations",
    summary="Make a link by which learners join",
    opt=INSTRUCTS,
    responses=WRITING,
)
async def invite(
    cohort_id: FromPath[str],
    data: JSONBody[NewInvitation],
    person: NamedDependency[Person],
    settings: NamedDependency[Settings],
    db: NamedDependency[Database],
) -> Response[InvitationMade]:
    now = clock.now()

    def make(tx: Connection) -> tuple[InvitationEntry, str]:
        cohort = actions.taught(tx, person, cohort_id, going_on=True)
        made, token = invitations.invite(tx, cohort, person, days=data.days, uses=data.uses, now=now)
        return invitation_entry(made, now), token

    entry, token = await db.run(make)
    link = f"{settings.base_url}{invitations.path_of(token)}"
    made = InvitationMade(**msgspec.structs.asdict(entry), link=link)
    return Response(made, headers={"cache-control": "no-store"})  # so that no copy of the token is kept either


@delete(
    "/cohorts/{cohort_id:str}/invitations/{invitation_id:str}",
    summary="Revoke an invitation; who joined by it stays",
    opt=INSTRUCTS,
    responses=READING,
)
async def revoke(
    cohort_id: FromPath[str],
    invitation_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> None:
    await db.run(
        lambda tx: invitations.revoke(tx, actions.taught(tx, person, cohort_id), person, invitation_id, clock.now())
    )


@post("/cohorts/joined", summary="Join a cohort by an invitation", responses=WRITING)
async def join(
    data: JSONBody[Joining],
    person: NamedDependency[Person],
    curriculum: NamedDependency[Curriculum],
    db: NamedDependency[Database],
) -> CohortEntry:
    def go(tx: Connection) -> CohortEntry:
        joined = teaching.join(tx, person, data.token, curriculum.roads, clock.now(), follow_road=data.follow_road)
        return entry_of(tx, person, joined)

    return await db.run(go)


@delete(
    "/cohorts/joined/{cohort_id:str}",
    summary="Leave a cohort; what you did stays yours",
    responses=problem_responses(400, 401, 403, 404),
)
async def leave(cohort_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]) -> None:
    await db.run(lambda tx: actions.leave(tx, person, cohort_id, clock.now()))


ROUTER = Router(
    "",
    route_handlers=[
        list_cohorts,
        make_cohort,
        read_cohort,
        change_cohort,
        list_instructors,
        add_instructor,
        remove_instructor,
        list_invitations,
        invite,
        revoke,
        join,
        leave,
        *standing_api.HANDLERS,
        *assignment_api.HANDLERS,
        *learner_api.HANDLERS,
    ],
    tags=["cohorts"],
)
