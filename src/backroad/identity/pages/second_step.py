"""Setting up the second step of signing in, and turning it off."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency

from backroad.identity import second_step
from backroad.identity.mail import Mailer
from backroad.identity.model import Person
from backroad.identity.pages.forms import FormData, back, field, mailing
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.pages import page
from backroad.settings import Settings

PROVED = {"proved": True}


@get("/security/second-step", include_in_schema=False, opt=PROVED)
async def begin(person: NamedDependency[Person], settings: NamedDependency[Settings]) -> Response[Any]:
    if person.has_totp:
        return back("/security#second-step")
    shown = second_step.begin(settings, person, clock.now())
    return page("identity/second_step.html", nav="settings", shown=shown, problem="")


@post("/security/second-step", include_in_schema=False, opt=PROVED)
async def confirm(
    data: FormData,
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    sealed, code, now = field(data, "sealed"), field(data, "code"), clock.now()
    try:
        codes, told = await db.run(lambda tx: second_step.confirm(tx, settings, person, sealed, code, now))
    except second_step.WrongCode as problem:
        shown = second_step.again(settings, person, sealed, now)
        context = {"shown": shown, "problem": str(problem)}
        return page("identity/second_step.html", status=422, nav="settings", **context)
    return mailing(page("identity/recovery.html", nav="settings", codes=codes, first=True), mailer, told)


@post("/security/second-step/off", include_in_schema=False, opt=PROVED)
async def turn_off(
    person: NamedDependency[Person],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    mailer: NamedDependency[Mailer],
) -> Response[Any]:
    now = clock.now()
    told = await db.run(lambda tx: second_step.turn_off(tx, settings, person, now, actor=person.id))
    return mailing(back("/security?second-step-off"), mailer, told)


@post("/security/second-step/recovery", include_in_schema=False, opt=PROVED)
async def renew(
    person: NamedDependency[Person], db: NamedDependency[Database], settings: NamedDependency[Settings]
) -> Response[Any]:
    codes = await db.run(lambda tx: second_step.renew_recovery(tx, settings, person, clock.now()))
    return page("identity/recovery.html", nav="settings", codes=codes, first=False)


ROUTES = (begin, confirm, turn_off, renew)
