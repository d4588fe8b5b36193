"""One's own account: name, address, password, sessions, history, and its end."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from backroad.identity import (
    actions,
    agents,
    audit,
    changing_password,
    cookies,
    leaving,
    second_step,
    sessions,
    signing_up,
    store,
)
from backroad.identity.mail import Mailer
from backroad.identity.model import Access, Person
from backroad.identity.pages.forms import FormData, back, field, mailing, mistaken
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.kit.paging import read_cursor, write_cursor
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]
PROVED = {"proved": True}
ENTRIES = 50


async def _shown(access: Access, db: Database, **more: Any) -> dict[str, Any]:
    person, now = access.person, clock.now()
    mine = await db.run(lambda tx: store.sessions_of(tx, person.id, now))
    left = await db.run(lambda tx: second_step.recovery_left(tx, person.id)) if person.has_totp else 0
    listed = [
        {
            "id": session.id,
            "browser": agents.browser_of(session.agent),
            "address": session.address,
            "begun": session.created_at.date(),
            "seen": session.seen_at.date(),
            "this": session.id == access.session,
        }
        for session in mine
    ]
    context = {"person": person, "sessions": listed, "recovery_left": left, "said": "", "problem": "", **more}
    return {"nav": "settings", **context}


@get("/security", include_in_schema=False)
async def security_page(
    request: AnyRequest, access: NamedDependency[Access], db: NamedDependency[Database]
) -> Response[Any]:
    said = next((word for word in request.query_params if word.isascii() and len(word) < 20), "")
    return page("identity/security.html", **await _shown(access, db, said=said))


async def _mistaken(access: Access, db: Database, problem: Problem) -> Response[Any]:
    context = await _shown(access, db)
    del context["problem"]
    return mistaken("identity/security.html", problem, **context)


@post("/security/name", include_in_schema=False)
async def change_name(data: FormData, access: NamedDependency[Access], db: NamedDependency[Database]) -> Response[Any]:
    try:
        await db.run(lambda tx: actions.rename(tx, access.person, field(data, "name")))
    except Problem as problem:
        return await _mistaken(access, db, problem)
    return back("/security?named")


@post("/security/email", include_in_schema=False, opt=PROVED)
async def change_email(
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    email, now = field(data, "email"), clock.now()
    try:
        out = await db.run(lambda tx: signing_up.ask_for_new_email(tx, settings, access.person, email, now))
    except Problem as problem:
        return await _mistaken(access, db, problem)
    return mailing(back("/security?asked"), mailer, out)


@post("/security/password", include_in_schema=False)
async def change_password(
    request: AnyRequest,
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    address, now = cookies.from_where(request, settings)["address"], clock.now()
    typed = {"old": field(data, "old"), "new": field(data, "new")}
    try:
        told = await changing_password.change(db, settings, limits, access, **typed, now=now, address=address)
    except Problem as problem:
        return await _mistaken(access, db, problem)
    return mailing(back("/security?password"), mailer, told)


@post("/security/sessions/others/end", include_in_schema=False)
async def end_others(access: NamedDependency[Access], db: NamedDependency[Database]) -> Response[Any]:
    await db.run(lambda tx: sessions.end_others(tx, access, clock.now()))
    return back("/security?ended#sessions")


@post("/security/sessions/{session_id:str}/end", include_in_schema=False)
async def end_one(
    session_id: FromPath[str],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    if not await db.run(lambda tx: sessions.end_session(tx, access.person.id, session_id, clock.now())):
        raise NotFound("You have no such session.")
    return cookies.let_out(settings, "/login") if session_id == access.session else back("/security?ended#sessions")


@get("/security/history", include_in_schema=False)
async def history(request: AnyRequest, person: NamedDependency[Person], db: NamedDependency[Database]) -> Response[Any]:
    before = read_cursor(request.query_params.get("cursor"))
    found = await db.run(lambda tx: audit.newest(tx, ENTRIES + 1, subject=person.id, before=before))
    last = found[ENTRIES - 1] if len(found) > ENTRIES else None
    following = write_cursor(last.at, last.id) if last else ""
    shown = [{**audit.shown(entry), "own": entry.actor == person.id} for entry in found[:ENTRIES]]
    return page("identity/history.html", nav="settings", entries=shown, following=following)


@get("/security/delete", include_in_schema=False)
async def delete_page(person: NamedDependency[Person]) -> Response[Any]:
    return page("identity/delete.html", nav="settings", person=person, problem="")


@post("/security/delete", include_in_schema=False)
async def delete_account(
    request: AnyRequest,
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    address, now = cookies.from_where(request, settings)["address"], clock.now()
    try:
        told = await leaving.leave(db, settings, limits, access, field(data, "password"), now, address)
    except Problem as problem:
        return mistaken("identity/delete.html", problem, nav="settings", person=access.person)
    return mailing(cookies.let_out(settings, "/login?deleted"), mailer, told)


ROUTES = (
    security_page,
    change_name,
    change_email,
    change_password,
    end_others,
    end_one,
    history,
    delete_page,
    delete_account,
)
