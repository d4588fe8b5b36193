"""Signing up, by oneself or by invitation, and confirming an address."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backroad.identity import brake, cookies, mailed, signing_up
from backroad.identity.cookies import from_where
from backroad.identity.mail import Mailer
from backroad.identity.model import Person
from backroad.identity.pages.forms import PUBLIC, FormData, back, field, mailing, mistaken
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]


@get("/sign-up", include_in_schema=False, opt=PUBLIC)
async def sign_up_page(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[Any]:
    given = request.query_params.get("pass", "")[:500]
    if not signing_up.may_sign_up(settings, given, clock.now()):
        raise signing_up.ByInvitation
    providers = [{"name": one.name, "title": one.title} for one in settings.providers]
    return page("identity/sign_up.html", email="", name="", given=given, problem="", providers=providers)


@post("/sign-up", include_in_schema=False, opt=PUBLIC)
async def sign_up(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    address = from_where(request, settings)["address"]
    typed = {name: field(data, name)[:500] for name in ("email", "name", "password")}
    given = field(data, "pass")[:500]
    try:
        await limits.hit(brake.FORMS, address)
        letters = await signing_up.sign_up(db, settings, **typed, given=given, now=clock.now(), address=address)
    except Problem as problem:
        again = {"email": typed["email"], "name": typed["name"], "given": given}
        return mistaken("identity/sign_up.html", problem, **again)
    return mailing(page("identity/look_into_mail.html", why="sign-up", email=typed["email"].strip()), mailer, letters)


@get("/confirm", include_in_schema=False, opt=PUBLIC)
async def verify_page(request: AnyRequest) -> Response[Any]:
    """A button, because programs that look for viruses open links too."""
    return page("identity/verify.html", action="/confirm", token=request.query_params.get("token", "")[:100])


@post("/confirm", include_in_schema=False, opt=PUBLIC)
async def verify(data: FormData, db: NamedDependency[Database]) -> Response[Any]:
    person = await db.run(lambda tx: signing_up.verify(tx, field(data, "token"), clock.now()))
    return page("identity/verified.html", email=person.email)


@get("/confirm/new", include_in_schema=False, opt=PUBLIC)
async def verify_new_page(request: AnyRequest) -> Response[Any]:
    return page("identity/verify.html", action="/confirm/new", token=request.query_params.get("token", "")[:100])


@post("/confirm/new", include_in_schema=False, opt=PUBLIC)
async def verify_new(
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    token, now = field(data, "token"), clock.now()
    person, told = await db.run(lambda tx: signing_up.take_new_email(tx, settings, token, now))
    return mailing(page("identity/verified.html", email=person.email), mailer, told)


@post("/confirm/again", include_in_schema=False)
async def verify_again(
    request: AnyRequest,
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    await limits.hit(brake.FORMS, from_where(request, settings)["address"])
    letters = await db.run(lambda tx: signing_up.verification(tx, settings, person, clock.now()))
    return mailing(back("/security?sent" if letters else "/security?not-sent"), mailer, letters)


@get("/invitation", include_in_schema=False, opt=PUBLIC)
async def invitation_page(request: AnyRequest, db: NamedDependency[Database]) -> Response[Any]:
    token = request.query_params.get("token", "")[:100]
    found = await db.run(lambda tx: mailed.look(tx, token, "invite", clock.now()))
    return page("identity/invitation.html", token=token, email=found.email, name="", problem="")


@post("/invitation", include_in_schema=False, opt=PUBLIC)
async def accept_invitation(
    request: AnyRequest, data: FormData, db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[Any]:
    token, name, password, now = field(data, "token"), field(data, "name"), field(data, "password"), clock.now()
    found = await db.run(lambda tx: mailed.look(tx, token, "invite", now))
    where = from_where(request, settings)
    try:
        session = await signing_up.accept(db, token, name=name, password=password, now=now, **where)
    except Problem as problem:
        return mistaken("identity/invitation.html", problem, token=token, email=found.email, name=name[:80])
    return cookies.let_in(settings, session, "/")


ROUTES = (
    sign_up_page,
    sign_up,
    verify_page,
    verify,
    verify_new_page,
    verify_new,
    verify_again,
    invitation_page,
    accept_invitation,
)
