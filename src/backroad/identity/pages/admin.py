"""Other people's accounts, and what happened to them: for admins."""

from typing import Any, cast, get_args

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backroad.identity import actions, audit, leaving, people, second_step, signing_up
from backroad.identity.mail import Mailer
from backroad.identity.model import ROLES, Person, Role
from backroad.identity.pages.forms import FormData, back, field, mailing, mistaken
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.pages import page
from backroad.kit.paging import read_cursor, write_cursor
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]
ADMIN = {"role": "admin"}
PROVED = {"role": "admin", "proved": True}
ROWS = 50


def _asked(request: AnyRequest, *names: str) -> dict[str, str]:
    """Words of the query; what cannot be printed cannot be searched for."""
    return {
        name: "".join(filter(str.isprintable, request.query_params.get(name, "")))[: people.LONGEST_SEARCH]
        for name in names
    }


def _role(text: str) -> Role:
    if text not in get_args(Role):
        raise Problem(f"There is no role {text[:20]!r}.", f"Choose one of: {', '.join(ROLES)}.")
    return cast(Role, text)


async def _list(request: AnyRequest, db: Database) -> dict[str, Any]:
    asked, before = _asked(request, "q", "role"), read_cursor(request.query_params.get("cursor"))
    found = await db.run(lambda tx: people.search(tx, ROWS + 1, words=asked["q"], role=asked["role"], before=before))
    last = found[ROWS - 1] if len(found) > ROWS else None
    shown = {"people": found[:ROWS], "following": write_cursor(last.created_at, last.id) if last else ""}
    return {"nav": "people", "roles": ROLES, "said": "sent" in request.query_params, **asked, **shown}


@get("/admin/people", include_in_schema=False, opt=ADMIN)
async def people_page(request: AnyRequest, db: NamedDependency[Database]) -> Response[Any]:
    return page("identity/people.html", problem="", **await _list(request, db))


@post("/admin/people", include_in_schema=False, opt=PROVED)
async def invite(
    request: AnyRequest,
    data: FormData,
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    email, now = field(data, "email"), clock.now()
    try:
        role = _role(field(data, "role"))
        _, out = await db.run(
            lambda tx: signing_up.invite(tx, settings, email=email, role=role, now=now, actor=person.id)
        )
    except Problem as problem:
        return mistaken("identity/people.html", problem, **await _list(request, db))
    return mailing(back("/admin/people?sent"), mailer, out)


@get("/admin/people/{person_id:str}", include_in_schema=False, opt=ADMIN)
async def person_page(
    request: AnyRequest, person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Response[Any]:
    found = await db.run(lambda tx: actions.get(tx, person_id))
    entries = await db.run(lambda tx: audit.newest(tx, 20, whose=found.id))
    context: dict[str, Any] = {"one": found, "entries": [audit.shown(entry) for entry in entries], "roles": ROLES}
    said = "done" in request.query_params
    return page("identity/person.html", nav="people", said=said, myself=found.id == person.id, **context)


@post("/admin/people/{person_id:str}/role", include_in_schema=False, opt=PROVED)
async def give_role(
    data: FormData, person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Response[Any]:
    role = _role(field(data, "role"))
    await db.run(lambda tx: people.give_role(tx, person_id, role, clock.now(), person.id))
    return back(f"/admin/people/{person_id}?done")


@post("/admin/people/{person_id:str}/close", include_in_schema=False, opt=PROVED)
async def close(
    person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Response[Any]:
    await db.run(lambda tx: people.close(tx, person_id, clock.now(), person.id))
    return back(f"/admin/people/{person_id}?done")


@post("/admin/people/{person_id:str}/reopen", include_in_schema=False, opt=PROVED)
async def reopen(
    person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Response[Any]:
    await db.run(lambda tx: people.reopen(tx, person_id, clock.now(), person.id))
    return back(f"/admin/people/{person_id}?done")


@post("/admin/people/{person_id:str}/sessions/end", include_in_schema=False, opt=PROVED)
async def end_sessions(
    person_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Response[Any]:
    await db.run(lambda tx: people.end_all_sessions(tx, person_id, clock.now(), person.id))
    return back(f"/admin/people/{person_id}?done")


@post("/admin/people/{person_id:str}/second-step/off", include_in_schema=False, opt=PROVED)
async def turn_off(
    person_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    """For somebody who lost their phone and their recovery codes."""
    now = clock.now()
    told = await db.run(lambda tx: second_step.turn_off(tx, settings, actions.get(tx, person_id), now, actor=person.id))
    return mailing(back(f"/admin/people/{person_id}?done"), mailer, told)


@post("/admin/people/{person_id:str}/delete", include_in_schema=False, opt=PROVED)
async def delete(
    person_id: FromPath[str],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    if person_id == person.id:
        raise Problem("Your own account is deleted from your own page.", "Go to /security/delete.")
    now = clock.now()
    told = await db.run(lambda tx: leaving.delete_account(tx, settings, person_id, now, actor=person.id))
    return mailing(back("/admin/people"), mailer, told)


@get("/admin/audit", include_in_schema=False, opt=ADMIN)
async def audit_page(request: AnyRequest, db: NamedDependency[Database]) -> Response[Any]:
    asked, before = _asked(request, "whose", "action"), read_cursor(request.query_params.get("cursor"))
    found = await db.run(lambda tx: audit.newest(tx, ROWS + 1, **asked, before=before))
    last = found[ROWS - 1] if len(found) > ROWS else None
    entries = [audit.shown(entry) for entry in found[:ROWS]]
    following = write_cursor(last.at, last.id) if last else ""
    context: dict[str, Any] = {"entries": entries, "following": following, **asked}
    return page("identity/audit.html", nav="audit", **context)


ROUTES = (
    people_page,
    invite,
    person_page,
    give_role,
    close,
    reopen,
    end_sessions,
    turn_off,
    delete,
    audit_page,
)
