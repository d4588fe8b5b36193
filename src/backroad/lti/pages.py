"""Where platforms send browsers: the beginning of a launch, the launch, and choosing content."""

import asyncio
import secrets
from typing import Annotated, Any

from litestar import Request, Response, get, post
from litestar.datastructures import Cookie
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.curriculum import Curriculum
from backroad.identity import cookies, sealing
from backroad.identity.pages.sign_in import leave_old
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import CONTENT_SECURITY_POLICY
from backroad.kit.limits import Limits, Rate, client_address
from backroad.kit.pages import page
from backroad.labs.library import LabLibrary
from backroad.lti import deep_linking, launch, platforms
from backroad.lti.calls import Calls
from backroad.lti.content import Ground, content_of, path_of, read_content, title_of
from backroad.lti.messages import Refused
from backroad.lti.model import STATE_LIFE, Message
from backroad.progress import Facts
from backroad.settings import Settings
from backroad.signing.keyring import keyring_of

FormData = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]
PUBLIC = {"public": True}
LAUNCHES = Rate("lti", 600, 60)
"""Begun from one address, behind which a whole class may sit."""


def _cookie_name(settings: Settings) -> str:
    return "__Host-backroad-lti" if settings.public_url.startswith("https:") else "backroad-lti"


def _cookie(settings: Settings, word: str) -> Cookie:
    """Sent with a form that the platform's page posts, which a browser does only for SameSite=None, and that only over
    TLS. Without TLS, platform and tool are on one machine, which is one site."""
    secure = settings.public_url.startswith("https:")
    return Cookie(
        key=_cookie_name(settings),
        value=word,
        max_age=int(STATE_LIFE.total_seconds()),
        path="/",
        secure=secure,
        httponly=True,
        samesite="none" if secure else "lax",
    )


async def _begin(
    request: AnyRequest, asked: dict[str, str], db: Database, settings: Settings, limits: Limits
) -> Response[Any]:
    await limits.hit(LAUNCHES, client_address(request.scope, settings.trusted_proxies))
    word = request.cookies.get(_cookie_name(settings), "")
    browser = word if 40 <= len(word) <= 64 else secrets.token_urlsafe(32)
    to = await db.run(lambda tx: launch.begin(tx, asked, settings.public_url, browser, clock.now()))
    answer = Redirect(to, status_code=303)
    answer.set_cookie(_cookie(settings, browser))
    answer.headers["cache-control"] = "no-store"
    return answer


@get("/lti/login", include_in_schema=False, opt=PUBLIC)
async def login(
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    return await _begin(request, dict(request.query_params), db, settings, limits)


@post("/lti/login", include_in_schema=False, opt=PUBLIC)
async def login_by_form(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    return await _begin(request, data, db, settings, limits)


@post("/lti/launch", include_in_schema=False, opt=PUBLIC)
async def launched(
    request: AnyRequest,
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    calls: NamedDependency[Calls],
    curriculum: NamedDependency[Curriculum],
    labs: NamedDependency[LabLibrary],
    facts: NamedDependency[Facts],
) -> Response[Any]:
    if "error" in data:
        raise Refused(f"the platform answers {data['error'][:60]!r} ({data.get('error_description', '')[:200]})")
    now, token, state = clock.now(), data.get("id_token", ""), data.get("state", "")
    browser = request.cookies.get(_cookie_name(settings), "")
    try:
        known, platform = await db.run(lambda tx: launch.waiting(tx, state, browser, now))
    except launch.OtherBrowser as error:
        if error.missing and "again" not in data:
            # A form from elsewhere may come without the cookie; the same form from our own page brings it along.
            return page("lti/continue.html", id_token=token, state=state)
        raise
    message = await asyncio.to_thread(launch.read_token, token, known, platform, calls, now)
    ground = Ground(curriculum, labs, facts)
    if message.kind == "deep linking":
        await db.run(lambda tx: launch.use_up(tx, known))
        return _choosing(message, platform.title, ground, settings)
    content = content_of(message.custom, ground)
    where = cookies.from_where(request, settings)

    def enter(tx: Any) -> str:
        launch.use_up(tx, known)
        return launch.arrive(tx, message, platform, content, now, **where)

    session = await db.run(enter)
    await leave_old(request, db)
    return cookies.let_in(settings, session, path_of(content) if content else "/")


def _choosing(message: Message, title: str, ground: Ground, settings: Settings) -> Response[str]:
    choice = deep_linking.choice_of(message)
    sealed = sealing.seal(settings.secret_key, deep_linking.PURPOSE, choice, clock.now())
    return _choose_page(sealed, title, ground)


def _choose_page(sealed: str, title: str, ground: Ground, problem: str = "") -> Response[str]:
    curriculum = ground.curriculum
    hidden = curriculum.private_skills | curriculum.own_skills
    areas = [
        {"title": area.title,
         "skills": [{"id": skill.id, "title": skill.title} for skill in curriculum.in_area(area.id)
                    if skill.id not in hidden and ground.facts.drills.get(skill.id)]}
        for area in curriculum.areas.values()
    ]  # fmt: skip
    return page(
        "lti/choose.html",
        status=400 if problem else 200,
        problem=problem,
        sealed=sealed,
        platform=title,
        roads=[{"id": road.id, "title": road.title} for road in curriculum.roads.values()
               if road.id not in curriculum.own_roads],
        labs=[{"id": lab.slug, "title": lab.title} for lab in ground.labs.all],
        areas=[area for area in areas if area["skills"]],
    )  # fmt: skip


@post("/lti/choose", include_in_schema=False, opt=PUBLIC)
async def chosen(
    data: FormData,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    curriculum: NamedDependency[Curriculum],
    labs: NamedDependency[LabLibrary],
    facts: NamedDependency[Facts],
) -> Response[str]:
    now, ground, sealed = clock.now(), Ground(curriculum, labs, facts), data.get("sealed", "")
    choice = sealing.unseal(
        settings.secret_key, deep_linking.PURPOSE, sealed, deep_linking.Choice, now=now, seconds=deep_linking.SECONDS
    )
    if choice is None:
        raise Refused("this choice was not begun here, or took too long")
    platform = await db.run(lambda tx: platforms.get(tx, choice.platform))
    try:
        content = read_content(data.get("content", ""), data.get("counted", ""), ground)
    except Problem as problem:
        return _choose_page(sealed, platform.title, ground, str(problem))
    ring, base = keyring_of(settings), settings.public_url
    token = await db.run(lambda tx: deep_linking.response(tx, ring, platform, choice, content, ground, base, now))
    answer = page(
        "lti/chosen.html", to=choice.returns_to, token=token, title=title_of(content, ground), platform=platform.title
    )
    # This page alone may send a form elsewhere: to the address that the platform's signed message named.
    origin = deep_linking.origin_of(choice.returns_to)
    policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
    answer.headers["content-security-policy"] = policy
    return answer


ROUTES = (login, login_by_form, launched, chosen)
