"""Signing in, its second step, giving the password once more, signing out."""

from typing import Any
from urllib.parse import quote, urlsplit

from litestar import Request, Response, get, post
from litestar.di import NamedDependency

from backroad.identity import actions, cookies, second_step, sessions
from backroad.identity.cookies import where_next
from backroad.identity.guard import NotProved
from backroad.identity.mail import Mailer
from backroad.identity.model import Access
from backroad.identity.pages.forms import PUBLIC, FormData, back, field, mailing, mistaken
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import SAFE_METHODS, on_problem, wants_json
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]


def _login(settings: Settings) -> dict[str, Any]:
    providers = [{"name": one.name, "title": one.title} for one in settings.providers]
    return {"signup": settings.signup, "providers": providers}


@get("/login", include_in_schema=False, opt=PUBLIC)
async def login_page(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[Any]:
    to = where_next(request.query_params.get("next", "/"))
    if request.scope.get("access") is not None:
        return back(to)
    said = next((word for word in ("password", "deleted", "known") if word in request.query_params), "")
    return page("identity/login.html", email="", next=to, problem="", said=said, **_login(settings))


@post("/login", include_in_schema=False, opt=PUBLIC)
async def login(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    email, password, to = field(data, "email"), field(data, "password"), where_next(field(data, "next"))
    now = clock.now()
    try:
        done = await actions.sign_in(db, limits, email, password, now, **cookies.from_where(request, settings))
    except Problem as problem:
        context = {"email": email[:254], "next": to, "said": "", **_login(settings)}
        return mistaken("identity/login.html", problem, **context)
    if isinstance(done, actions.NeedsCode):
        return cookies.ask_for_code(settings, done, f"/login/code?next={quote(to)}", now)
    await leave_old(request, db)
    return cookies.let_in(settings, done, to)


async def leave_old(request: AnyRequest, db: Database) -> None:
    """Who signs in anew in a browser leaves no session behind that nobody could reach."""
    old: Access | None = request.scope.get("access")  # type: ignore[assignment]
    if old is not None and old.via == "session":
        await db.run(lambda tx: sessions.end_session(tx, old.person.id, old.session, clock.now()))


@get("/login/code", include_in_schema=False, opt=PUBLIC)
async def code_page(request: AnyRequest, settings: NamedDependency[Settings]) -> Response[Any]:
    to = where_next(request.query_params.get("next", "/"))
    if cookies.first_step(request, settings, clock.now()) is None:
        return back(f"/login?next={quote(to)}")
    return page("identity/code.html", next=to, problem="")


@post("/login/code", include_in_schema=False, opt=PUBLIC)
async def give_code(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    now, to = clock.now(), where_next(field(data, "next"))
    known = cookies.first_step(request, settings, now)
    if known is None:
        return back(f"/login?next={quote(to)}")
    where = cookies.from_where(request, settings)
    try:
        token, told = await second_step.finish(db, settings, limits, known, field(data, "code"), now, **where)
    except Problem as problem:
        return mistaken("identity/code.html", problem, next=to)
    await leave_old(request, db)
    return mailing(cookies.let_in(settings, token, to), mailer, told)


@post("/logout", include_in_schema=False)
async def logout(
    access: NamedDependency[Access], db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[Any]:
    await db.run(lambda tx: sessions.end_session(tx, access.person.id, access.session, clock.now()))
    return cookies.let_out(settings, "/login")


def ask_again(request: AnyRequest, error: NotProved) -> Response[Any]:
    """Answers NotProved: people give their password and come back to the page they were on."""
    if wants_json(request):
        return on_problem(request, error)
    if request.method in SAFE_METHODS:
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    else:
        referrer = urlsplit(request.headers.get("referer", ""))
        here = referrer.path if referrer.netloc == request.headers.get("host") else "/security"
    return back(f"/prove?next={quote(where_next(here))}")


@get("/prove", include_in_schema=False)
async def prove_page(
    request: AnyRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    to = where_next(request.query_params.get("next", "/security"))
    context = {"has_password": access.person.has_password, **_login(settings)}
    return page("identity/prove.html", next=to, problem="", **context)


@post("/prove", include_in_schema=False)
async def prove(
    request: AnyRequest,
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    to, address = where_next(field(data, "next")), cookies.from_where(request, settings)["address"]
    try:
        await actions.prove_again(db, limits, access, field(data, "password"), clock.now(), address)
    except Problem as problem:
        context = {"has_password": access.person.has_password, **_login(settings)}
        return mistaken("identity/prove.html", problem, next=to, **context)
    return back(to)


ROUTES = (login_page, login, code_page, give_code, logout, prove_page, prove)
