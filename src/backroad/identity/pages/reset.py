"""A new password for those who have forgotten theirs."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency

from backroad.identity import brake, changing_password, letters, mailed
from backroad.identity.cookies import from_where
from backroad.identity.mail import Mailer
from backroad.identity.pages.forms import PUBLIC, FormData, back, field, mailing, mistaken
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]


@get("/reset", include_in_schema=False, opt=PUBLIC)
async def reset_page() -> Response[Any]:
    return page("identity/reset.html")


@post("/reset", include_in_schema=False, opt=PUBLIC)
async def ask(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    """The answer comes before anything is looked up: neither its text nor its time says whether the email is known."""
    email, address, now = field(data, "email").strip()[:254], from_where(request, settings)["address"], clock.now()
    await limits.hit(brake.FORMS, address)

    async def look_up() -> None:
        out = await db.run(lambda tx: changing_password.ask_for_reset(tx, settings, email, now, address))
        await BackgroundTask(letters.post, mailer, out)()

    answer = page("identity/look_into_mail.html", why="reset", email=email)
    answer.background = BackgroundTask(look_up)
    return answer


@get("/reset/password", include_in_schema=False, opt=PUBLIC)
async def password_page(request: AnyRequest, db: NamedDependency[Database]) -> Response[Any]:
    token = request.query_params.get("token", "")[:100]
    found = await db.run(lambda tx: mailed.look(tx, token, "reset", clock.now()))
    return page("identity/new_password.html", token=token, email=found.email, problem="")


@post("/reset/password", include_in_schema=False, opt=PUBLIC)
async def choose(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    token, password, now = field(data, "token"), field(data, "password"), clock.now()
    found = await db.run(lambda tx: mailed.look(tx, token, "reset", now))
    address = from_where(request, settings)["address"]
    try:
        _, told = await changing_password.reset(db, settings, token, password, now, address)
    except mailed.Spent:
        raise
    except Problem as problem:
        return mistaken("identity/new_password.html", problem, token=token, email=found.email)
    return mailing(back("/login?password"), mailer, told)


ROUTES = (reset_page, ask, password_page, choose)
