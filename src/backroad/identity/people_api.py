"""Other people's accounts over REST, for admins."""

from typing import Annotated

import msgspec
from litestar import Response, Router, delete, get, patch, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, Parameter
from sqlalchemy import Connection

from backroad.identity import actions, audit, leaving, letters, people, second_step, signing_up
from backroad.identity.account_api import Account, Email, account_of, entries_page
from backroad.identity.mail import Mailer
from backroad.identity.model import Person, Role
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import problem_responses
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.settings import Settings

ADMIN = {"role": "admin"}
PROVED = {"role": "admin", "proved": True}
Words = Annotated[str, Parameter(max_length=people.LONGEST_SEARCH, description="Stand in the email or the name.")]
Whose = Annotated[str, Parameter(max_length=40, description="Id of who did it, or whose account it is.")]
Action = Annotated[str, Parameter(max_length=40, description="As `role.changed`, or the word before its dot.")]


class Invitation(msgspec.Struct, forbid_unknown_fields=True):
    email: Email
    role: Role = "learner"


class PersonChange(msgspec.Struct, forbid_unknown_fields=True):
    """What is left out stays. Nobody comes in with a closed account, and it keeps all it holds."""

    role: Role | None = None
    closed: bool | None = None


@get("/people", summary="Find people", responses=problem_responses(400, 401, 403), opt=ADMIN)
async def read_people(
    db: NamedDependency[Database],
    q: Words = "",
    role: FromQuery[Role | None] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[Account]:
    before = read_cursor(cursor)
    found = await db.run(lambda tx: people.search(tx, limit + 1, words=q, role=role or "", before=before))
    last = found[limit - 1] if len(found) > limit else None
    items = [account_of(person) for person in found[:limit]]
    return Page(items, write_cursor(last.created_at, last.id) if last else None)


@post(
    "/people",
    status_code=201,
    summary="Invite somebody by mail",
    responses=problem_responses(400, 401, 403, 409, 413, 415, 429),
    opt=PROVED,
)
async def invite(
    data: JSONBody[Invitation],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Account]:
    now = clock.now()
    invited, out = await db.run(
        lambda tx: signing_up.invite(tx, settings, email=data.email, role=data.role, now=now, actor=person.id)
    )
    return Response(account_of(invited), status_code=201, background=BackgroundTask(letters.post, mailer, out))


@get("/people/{person_id:str}", summary="A person", responses=problem_responses(401, 403, 404), opt=ADMIN)
async def read_person(person_id: FromPath[str], db: NamedDependency[Database]) -> Account:
    return account_of(await db.run(lambda tx: actions.get(tx, person_id)))


@patch(
    "/people/{person_id:str}",
    summary="Give a role, close or reopen an account",
    responses=problem_responses(400, 401, 403, 404, 409, 413, 415),
    opt=PROVED,
)
async def change_person(
    person_id: FromPath[str],
    data: JSONBody[PersonChange],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
) -> Account:
    now = clock.now()

    def change(tx: Connection) -> Person:
        if data.role is not None:
            people.give_role(tx, person_id, data.role, now, person.id)
        if data.closed is not None:
            move = people.close if data.closed else people.reopen
            move(tx, person_id, now, person.id)
        return actions.get(tx, person_id)

    return account_of(await db.run(change))


@delete(
    "/people/{person_id:str}",
    summary="Delete an account and all its person did, for good",
    responses=problem_responses(400, 401, 403, 404, 409),
    opt=PROVED,
)
async def delete_person(
    person_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    if person_id == person.id:
        raise Problem("Your own account is deleted with POST /api/v1/account/deletion.")
    now = clock.now()
    out = await db.run(lambda tx: leaving.delete_account(tx, settings, person_id, now, actor=person.id))
    return Response(None, status_code=204, background=BackgroundTask(letters.post, mailer, out))


@delete(
    "/people/{person_id:str}/sessions",
    summary="End all sessions of a person",
    responses=problem_responses(401, 403, 404),
    opt=PROVED,
)
async def end_sessions(
    person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> None:
    await db.run(lambda tx: people.end_all_sessions(tx, person_id, clock.now(), person.id))


@delete(
    "/people/{person_id:str}/second-step",
    summary="Turn off the second step of somebody who lost theirs",
    responses=problem_responses(401, 403, 404, 409),
    opt=PROVED,
)
async def turn_off_second_step(
    person_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    now = clock.now()
    out = await db.run(lambda tx: second_step.turn_off(tx, settings, actions.get(tx, person_id), now, actor=person.id))
    return Response(None, status_code=204, background=BackgroundTask(letters.post, mailer, out))


@get("/audit", summary="The audit log", responses=problem_responses(400, 401, 403), opt=ADMIN)
async def read_audit(
    db: NamedDependency[Database],
    whose: Whose = "",
    action: Action = "",
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[audit.Entry]:
    before = read_cursor(cursor)
    asked = {"whose": "".join(filter(str.isprintable, whose)), "action": "".join(filter(str.isprintable, action))}
    found = await db.run(lambda tx: audit.newest(tx, limit + 1, **asked, before=before))
    return entries_page(found, limit)


ROUTER = Router(
    "",
    route_handlers=[
        read_people,
        invite,
        read_person,
        change_person,
        delete_person,
        end_sessions,
        turn_off_second_step,
        read_audit,
    ],
    tags=["people"],
)
