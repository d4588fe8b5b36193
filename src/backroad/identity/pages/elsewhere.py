"""Signing in with an account at another site, and linking one with an account here."""

from typing import Any
from urllib.parse import quote

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.response import Redirect
from sqlalchemy import Connection

from backroad.identity import cookies, foreign, foreign_store, sessions, signing_up, store
from backroad.identity.actions import NeedsCode
from backroad.identity.cookies import where_next
from backroad.identity.foreign_model import ERRAND_LIFE, Claimed, Errand, Known
from backroad.identity.guard import cookie_name
from backroad.identity.model import Access, Person
from backroad.identity.pages.forms import PUBLIC, FormData, back, field, mistaken
from backroad.identity.pages.sign_in import leave_old
from backroad.identity.providers import Abroad, Providers
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits, Rate
from backroad.kit.pages import page
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]
PROVED = {"proved": True}
BEGUN = Rate("sign-in-elsewhere", 600, 3600)
"""From one address; a class may sit behind it."""


def redirect_of(settings: Settings, name: str) -> str:
    """Where a provider sends people back to, letter by letter as it was told there. Each has its own, so that an
    answer of one cannot be passed off as another's (RFC 9700, 4.4)."""
    return f"{settings.public_url}/login/from/{name}"


def _cookie(settings: Settings) -> str:
    return f"{cookie_name(settings.public_url.startswith('https:'))}-errand"


def _carry(answer: Response[Any], settings: Settings, word: str) -> Response[Any]:
    """`Lax`, since the way back from a provider begins at another site."""
    secure = settings.public_url.startswith("https:")
    seconds = int(ERRAND_LIFE.total_seconds()) if word else 0
    answer.set_cookie(
        _cookie(settings), word, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax"
    )  # fmt: skip
    return answer


@get("/login/with/{name:str}", include_in_schema=False, opt=PUBLIC)
async def begin(
    name: FromPath[str],
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    providers: NamedDependency[Providers],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    abroad = providers.get(name)
    await limits.hit(BEGUN, cookies.from_where(request, settings)["address"])
    now, to = clock.now(), where_next(request.query_params.get("next", "/"))
    join = signing_up.may_sign_up(settings, request.query_params.get("pass", "")[:500], now)
    word, errand = await db.run(lambda tx: foreign.begin(tx, abroad.provider, to, now, may_join=join))
    address = await abroad.authorize_url(errand, redirect_of(settings, name))
    return _carry(Redirect(address, status_code=303), settings, word)


@get("/login/from/{name:str}", include_in_schema=False, opt=PUBLIC)
async def arrive(
    name: FromPath[str],
    request: AnyRequest,
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    providers: NamedDependency[Providers],
) -> Response[Any]:
    """Back from a provider. The errand is used up first: whatever comes a second time comes too late."""
    abroad, now = providers.get(name), clock.now()
    word = request.cookies.get(_cookie(settings), "")
    pairs = [(key, value) for key, value in request.query_params.multi_items() if isinstance(value, str)]
    answer = dict(pairs)
    if len(answer) < len(pairs):
        raise foreign.Lost
    errand = await db.run(lambda tx: foreign.take(tx, word, name, answer.get("state", ""), now))
    if errand is None:
        raise foreign.Lost
    try:
        claimed = await _claimed(abroad, answer, errand, redirect_of(settings, name))
        done = await _let_in(request, db, settings, errand, claimed)
    except Problem as problem:
        where = "/security/elsewhere" if errand.person else f"/login?next={quote(errand.onward)}"
        shown = page("identity/not_arrived.html", status=problem.status, problem=str(problem), where=where)
        return _carry(shown, settings, "")
    return done


async def _claimed(abroad: Abroad, answer: dict[str, str], errand: Errand, redirect: str) -> Claimed:
    title = abroad.provider.title
    await abroad.check_answer(answer)
    if answer.get("error") == "access_denied":
        raise Problem(f"You did not let {title} tell us who you are.", "Sign in another way, or try again.")
    if "error" in answer or not answer.get("code"):
        raise Problem(f"{title} did not tell us who you are.", "Try again, or sign in another way.")
    return await abroad.claim(answer["code"], errand, redirect, clock.now())


async def _let_in(
    request: AnyRequest, db: Database, settings: Settings, errand: Errand, claimed: Claimed
) -> Response[Any]:
    now, where = clock.now(), cookies.from_where(request, settings)
    access: Access | None = request.scope.get("access")  # type: ignore[assignment]
    current = access.person.id if access and access.via == "session" else ""

    def settle(tx: Connection) -> tuple[Person | Known, str | NeedsCode]:
        """Who it is, and what the browser gets for it."""
        who = foreign.arrive(tx, errand, claimed, current, now, where["address"])
        if isinstance(who, Known):
            return who, foreign.keep_for_later(tx, errand, claimed, now)
        if errand.person is not None:
            return who, ""
        if who.has_totp:
            return who, NeedsCode(who.id, sessions.fingerprint(store.password_of(tx, who.id)))
        return who, sessions.open_session(tx, who, now, how=errand.provider, **where)

    who, got = await db.run(settle)
    if isinstance(who, Known):
        said = f"/login?next={quote('/security/link')}&known"
        return _carry(back("/security/link" if current else said), settings, str(got))
    if isinstance(got, NeedsCode):
        answer = cookies.ask_for_code(settings, got, f"/login/code?next={quote(errand.onward)}", now)
    elif errand.person is not None:
        answer = back("/security/elsewhere?linked")
    else:
        await leave_old(request, db)
        answer = cookies.let_in(settings, got, errand.onward)
    return _carry(answer, settings, "")


@get("/security/elsewhere", include_in_schema=False)
async def elsewhere_page(
    request: AnyRequest,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    providers: NamedDependency[Providers],
) -> Response[Any]:
    said = next((word for word in ("linked", "unlinked") if word in request.query_params), "")
    return page("identity/elsewhere.html", **await _shown(access, db, providers, said=said))


async def _shown(access: Access, db: Database, providers: Providers, *, said: str = "") -> dict[str, Any]:
    mine = await db.run(lambda tx: foreign_store.of_person(tx, access.person.id))
    listed = [
        {
            "issuer": one.issuer,
            "subject": one.subject,
            "title": providers.titles.get(one.provider, one.issuer),
            "label": one.label,
            "since": one.created_at.date(),
            "seen": one.seen_at.date(),
        }
        for one in mine
    ]
    others = [{"name": name, "title": title} for name, title in providers.titles.items()]
    return {"nav": "settings", "linked": listed, "providers": others, "said": said, "problem": ""}


@post("/security/elsewhere/{name:str}", status_code=200, include_in_schema=False, opt=PROVED)
async def begin_link(
    name: FromPath[str],
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    providers: NamedDependency[Providers],
) -> Response[Any]:
    """Asked for with a form of ours: an address alone, sent from elsewhere, could link a stranger's account."""
    abroad, now = providers.get(name), clock.now()
    onward = "/security/elsewhere"
    word, errand = await db.run(lambda tx: foreign.begin(tx, abroad.provider, onward, now, person=access.person.id))
    address = await abroad.authorize_url(errand, redirect_of(settings, name))
    return _carry(page("identity/onward.html", to=address, title=abroad.provider.title), settings, word)


@post("/security/elsewhere/unlink", include_in_schema=False, opt=PROVED)
async def unlink(
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    providers: NamedDependency[Providers],
) -> Response[Any]:
    issuer, subject, now = field(data, "issuer"), field(data, "subject"), clock.now()
    try:
        await db.run(lambda tx: foreign.unlink(tx, access.person, issuer, subject, now, providers.issuers))
    except Problem as problem:
        context = await _shown(access, db, providers)
        del context["problem"]
        return mistaken("identity/elsewhere.html", problem, **context)
    return back("/security/elsewhere?unlinked")


@get("/security/link", include_in_schema=False)
async def link_page(
    request: AnyRequest,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
    providers: NamedDependency[Providers],
) -> Response[Any]:
    """Who came from a provider, has an account with the same email, and has signed in with its password meanwhile."""
    word, now = request.cookies.get(_cookie(settings), ""), clock.now()
    errand = await db.run(lambda tx: foreign.waiting(tx, word, now))
    if errand is None or errand.claimed is None:
        return back("/security/elsewhere")
    title = providers.titles.get(errand.provider, errand.claimed.issuer)
    person = access.person.email or access.person.name
    return page("identity/link.html", title=title, label=errand.claimed.label, person=person)


@post("/security/link", include_in_schema=False, opt=PROVED)
async def link(
    request: AnyRequest,
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    word, now = request.cookies.get(_cookie(settings), ""), clock.now()
    if field(data, "decision") == "link":
        address = cookies.from_where(request, settings)["address"]
        await db.run(lambda tx: foreign.link_waiting(tx, access.person, word, now, address))
        return _carry(back("/security/elsewhere?linked"), settings, "")
    return _carry(back("/"), settings, "")


ROUTES = (begin, arrive, elsewhere_page, begin_link, unlink, link_page, link)
