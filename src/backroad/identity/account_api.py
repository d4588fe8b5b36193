"""One's own account over REST: address, password, sessions, second step, history."""

from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Request, Response, Router, delete, get, patch, post, put
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody

from backroad.identity import (
    actions,
    agents,
    audit,
    changing_password,
    leaving,
    letters,
    second_step,
    sessions,
    signing_up,
    store,
)
from backroad.identity.cookies import from_where
from backroad.identity.guard import NotAllowed
from backroad.identity.letters import Letter
from backroad.identity.mail import Mailer
from backroad.identity.model import LONGEST_EMAIL, LONGEST_NAME, Access, Person, Role
from backroad.identity.passwords import LONGEST, SHORTEST
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import NotFound
from backroad.kit.http import problem_responses
from backroad.kit.limits import Limits
from backroad.kit.paging import Cursor, Limit, Page, read_cursor, write_cursor
from backroad.settings import Settings

PROVED = {"proved": True}
Password = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]
NewPassword = Annotated[str, msgspec.Meta(min_length=SHORTEST, max_length=LONGEST)]
Email = Annotated[str, msgspec.Meta(min_length=3, max_length=LONGEST_EMAIL)]
AnyRequest = Request[Any, Any, Any]


class Account(msgspec.Struct):
    id: str
    email: str
    name: str
    role: Role
    created_at: datetime
    verified_at: datetime | None
    disabled_at: datetime | None
    has_password: bool
    has_second_step: bool


def account_of(person: Person) -> Account:
    return Account(
        id=person.id,
        email=person.email,
        name=person.name,
        role=person.role,
        created_at=person.created_at,
        verified_at=person.verified_at,
        disabled_at=person.disabled_at,
        has_password=person.has_password,
        has_second_step=person.has_totp,
    )


class AccountChange(msgspec.Struct, forbid_unknown_fields=True):
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_NAME)]


class EmailChange(msgspec.Struct, forbid_unknown_fields=True):
    email: Email


class PasswordChange(msgspec.Struct, forbid_unknown_fields=True):
    """`old` is empty where there is none yet."""

    new: NewPassword
    old: Annotated[str, msgspec.Meta(max_length=LONGEST)] = ""


class Proof(msgspec.Struct, forbid_unknown_fields=True):
    password: Password


class Deletion(msgspec.Struct, forbid_unknown_fields=True):
    """`password` is empty where there is none."""

    password: Annotated[str, msgspec.Meta(max_length=LONGEST)]


class SessionEntry(msgspec.Struct):
    id: str
    browser: str
    address: str
    created_at: datetime
    seen_at: datetime
    expires_at: datetime
    current: bool


class SessionList(msgspec.Struct):
    items: list[SessionEntry]


class SetUpBegun(msgspec.Struct):
    """`uri` is for an authenticator; `sealed` comes back with its first code."""

    sealed: str
    secret: str
    uri: str


class SetUpConfirmed(msgspec.Struct, forbid_unknown_fields=True):
    sealed: Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
    code: Annotated[str, msgspec.Meta(pattern="^[0-9]{6}$")]


class RecoveryCodes(msgspec.Struct):
    """Each works once. They are shown only here."""

    codes: list[str]


def _mailing(mailer: Mailer, out: list[Letter], status: int) -> Response[None]:
    return Response(None, status_code=status, background=BackgroundTask(letters.post, mailer, out))


@get("/account", summary="Your account", responses=problem_responses(401, 403))
async def read_account(person: NamedDependency[Person]) -> Account:
    return account_of(person)


@patch("/account", summary="Change your name", responses=problem_responses(400, 401, 403, 413, 415))
async def change_account(
    data: JSONBody[AccountChange], person: NamedDependency[Person], db: NamedDependency[Database]
) -> Account:
    return account_of(await db.run(lambda tx: actions.rename(tx, person, data.name)))


@post(
    "/account/email",
    status_code=202,
    summary="Change your address, which counts when mail to it is confirmed",
    responses=problem_responses(400, 401, 403, 413, 415, 429),
    opt=PROVED,
)
async def change_email(
    data: JSONBody[EmailChange],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    now = clock.now()
    out = await db.run(lambda tx: signing_up.ask_for_new_email(tx, settings, person, data.email, now))
    return _mailing(mailer, out, 202)


@post("/account/verification", status_code=202, summary="Send the letter again", responses=problem_responses(401, 403))
async def verify_again(
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    out = await db.run(lambda tx: signing_up.verification(tx, settings, person, clock.now()))
    return _mailing(mailer, out, 202)


@put(
    "/account/password",
    status_code=204,
    summary="Change your password, which ends your other sessions",
    responses=problem_responses(400, 401, 403, 413, 415, 429),
)
async def change_password(
    request: AnyRequest,
    data: JSONBody[PasswordChange],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    address, now = from_where(request, settings)["address"], clock.now()
    typed = {"old": data.old, "new": data.new}
    out = await changing_password.change(db, settings, limits, access, **typed, now=now, address=address)
    return _mailing(mailer, out, 204)


@post(
    "/account/proof",
    status_code=204,
    summary="Give your password once more, before what cannot be taken back",
    responses=problem_responses(400, 401, 403, 413, 415, 429),
)
async def prove(
    request: AnyRequest,
    data: JSONBody[Proof],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
) -> None:
    if access.via != "session":
        raise NotAllowed("A token may not do this. Sign in in a browser.")
    address = from_where(request, settings)["address"]
    await actions.prove_again(db, limits, access, data.password, clock.now(), address)


@get("/account/sessions", summary="Where you are signed in", responses=problem_responses(401, 403))
async def read_sessions(access: NamedDependency[Access], db: NamedDependency[Database]) -> SessionList:
    mine = await db.run(lambda tx: store.sessions_of(tx, access.person.id, clock.now()))
    return SessionList(
        [
            SessionEntry(
                id=session.id,
                browser=agents.browser_of(session.agent),
                address=session.address,
                created_at=session.created_at,
                seen_at=session.seen_at,
                expires_at=session.expires_at,
                current=session.id == access.session,
            )
            for session in mine
        ]
    )


@delete("/account/sessions", summary="End all your other sessions", responses=problem_responses(401, 403))
async def end_other_sessions(access: NamedDependency[Access], db: NamedDependency[Database]) -> None:
    await db.run(lambda tx: sessions.end_others(tx, access, clock.now()))


@delete("/account/sessions/{session_id:str}", summary="End a session", responses=problem_responses(401, 403, 404))
async def end_session(
    session_id: FromPath[str], person: NamedDependency[Person], db: NamedDependency[Database]
) -> None:
    if not await db.run(lambda tx: sessions.end_session(tx, person.id, session_id, clock.now())):
        raise NotFound("You have no such session.")


@post(
    "/account/second-step",
    status_code=200,
    summary="Begin to set up the second step",
    responses=problem_responses(401, 403),
    opt=PROVED,
)
async def begin_second_step(person: NamedDependency[Person], settings: NamedDependency[Settings]) -> SetUpBegun:
    shown = second_step.begin(settings, person, clock.now())
    return SetUpBegun(shown.sealed, shown.secret, shown.uri)


@put(
    "/account/second-step",
    summary="Turn the second step on, with a first code",
    responses=problem_responses(400, 401, 403, 409, 410, 413, 415),
    opt=PROVED,
)
async def confirm_second_step(
    data: JSONBody[SetUpConfirmed],
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[RecoveryCodes]:
    now = clock.now()
    codes, out = await db.run(lambda tx: second_step.confirm(tx, settings, person, data.sealed, data.code, now))
    return Response(RecoveryCodes(codes), background=BackgroundTask(letters.post, mailer, out))


@delete(
    "/account/second-step",
    summary="Turn the second step off",
    responses=problem_responses(401, 403, 409),
    opt=PROVED,
)
async def turn_off_second_step(
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    now = clock.now()
    out = await db.run(lambda tx: second_step.turn_off(tx, settings, person, now, actor=person.id))
    return _mailing(mailer, out, 204)


@post(
    "/account/recovery-codes",
    summary="Make new recovery codes; the old ones are worth nothing",
    responses=problem_responses(401, 403, 409),
    opt=PROVED,
)
async def renew_recovery_codes(
    person: NamedDependency[Person], db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> RecoveryCodes:
    return RecoveryCodes(await db.run(lambda tx: second_step.renew_recovery(tx, settings, person, clock.now())))


@get("/account/audit", summary="What happened to your account", responses=problem_responses(400, 401, 403))
async def read_history(
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[audit.Entry]:
    before = read_cursor(cursor)
    return entries_page(await db.run(lambda tx: audit.newest(tx, limit + 1, subject=person.id, before=before)), limit)


def entries_page(found: list[audit.Entry], limit: int) -> Page[audit.Entry]:
    last = found[limit - 1] if len(found) > limit else None
    return Page(found[:limit], write_cursor(last.at, last.id) if last else None)


@post(
    "/account/deletion",
    status_code=204,
    summary="Delete your account and all you did, for good",
    responses=problem_responses(400, 401, 403, 409, 413, 415, 429),
)
async def delete_account(
    request: AnyRequest,
    data: JSONBody[Deletion],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[None]:
    if access.via != "session":
        raise NotAllowed("A token may not do this. Sign in in a browser.")
    address = from_where(request, settings)["address"]
    out = await leaving.leave(db, settings, limits, access, data.password, clock.now(), address)
    return _mailing(mailer, out, 204)


ROUTER = Router(
    "",
    route_handlers=[
        read_account,
        change_account,
        change_email,
        verify_again,
        change_password,
        prove,
        read_sessions,
        end_other_sessions,
        end_session,
        begin_second_step,
        confirm_second_step,
        turn_off_second_step,
        renew_recovery_codes,
        read_history,
        delete_account,
    ],
    tags=["account"],
)
