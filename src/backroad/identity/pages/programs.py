"""Where people let programs in: a device that shows a code, and a program that opened the browser."""

from typing import Annotated, Any
from urllib.parse import urlencode

from litestar import Request, Response, get, post
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect

from backroad.identity import devices, oauth
from backroad.identity.grants import CLIENTS, SCOPES, Device
from backroad.identity.model import Access
from backroad.identity.oauth import Refusal, Wish
from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.limits import Limits
from backroad.kit.pages import page
from backroad.settings import Settings

PROVED = {"proved": True}
"""Letting a program in is for people who have just shown who they are."""
FormData = Annotated[dict[str, Any], Body(media_type=RequestEncodingType.URL_ENCODED)]
AnyRequest = Request[Any, Any, Any]


def _device_page(*, status: int = 200, problem: str = "", code: str = "", said: str = "") -> Response[str]:
    return page("identity/device.html", status=status, problem=problem, code=code, said=said, device=None)


def _asked(access: Access, device: Device) -> dict[str, Any]:
    """What the person sees before they say yes."""
    return {
        "code": devices.shown(device.user_code),
        "client": CLIENTS[device.client].title,
        "agent": device.agent,
        "address": device.address,
        "at": f"{device.created_at:%Y-%m-%d %H:%M} UTC",
        "scopes": [SCOPES[scope] for scope in devices.granted(access.person, device)],
    }


@get("/device", include_in_schema=False, opt=PROVED)
async def device_page(
    request: AnyRequest,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    """A code in the address shows at once what waits; nothing is let in before the person says so."""
    code = request.query_params.get("user_code", "")[:40]
    if not code:
        return _device_page()
    await limits.hit(devices.GUESSES, access.person.id)
    now = clock.now()
    try:
        found = await db.run(lambda tx: devices.waiting(tx, code, now))
    except Problem as problem:
        return _device_page(status=problem.status, problem=str(problem), code=code)
    await limits.forget(devices.GUESSES, access.person.id)
    person = access.person.email or access.person.name
    return page("identity/device.html", problem="", code="", said="", device=_asked(access, found), person=person)


@post("/device", status_code=200, include_in_schema=False, opt=PROVED)
async def decide_device(
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    limits: NamedDependency[Limits],
) -> Response[Any]:
    code, allow = str(data.get("user_code", ""))[:40], data.get("decision") == "allow"
    await limits.hit(devices.GUESSES, access.person.id)
    now = clock.now()
    try:
        decided = await db.run(lambda tx: devices.decide(tx, access.person, code, allow=allow, now=now))
    except Problem as problem:
        return _device_page(status=problem.status, problem=str(problem), code=code)
    await limits.forget(devices.GUESSES, access.person.id)
    title = CLIENTS[decided.client].title
    said = f"{title} is let in. Go back to it." if allow else f"{title} was refused."
    return _device_page(said=said)


def _onward(to: str, title: str) -> Response[str]:
    """A page that leads on. The answer to a form may not redirect to another site: our own policy forbids it."""
    return page("identity/onward.html", to=to, title=title)


def _answer_url(redirect: str, settings: Settings, **answer: str) -> str:
    """With `iss`, so that the program knows which server answered (RFC 9207)."""
    return f"{redirect}?{urlencode({**answer, 'iss': settings.public_url})}"


def _refusal_url(asked: dict[str, str], settings: Settings, refusal: Refusal) -> str:
    answer = {"error": refusal.error, "error_description": refusal.error_description}
    if asked.get("state", "").isprintable() and 0 < len(asked.get("state", "")) <= 200:
        answer["state"] = asked["state"]
    return _answer_url(asked["redirect_uri"], settings, **answer)


@get("/oauth/authorize", include_in_schema=False, opt=PROVED)
async def authorize_page(
    request: AnyRequest, access: NamedDependency[Access], settings: NamedDependency[Settings]
) -> Response[Any]:
    pairs = [(name, value) for name, value in request.query_params.multi_items() if isinstance(value, str)]
    asked = dict(pairs)
    if len(asked) < len(pairs):
        raise Problem("A field of this address comes twice.", "Start again from the program.")
    wish = oauth.read_wish(asked)
    if isinstance(wish, Refusal):
        return Redirect(_refusal_url(asked, settings, wish), status_code=303)
    scopes = oauth.granted(access.person, wish.scopes)
    return page(
        "identity/authorize.html",
        client=wish.client.title,
        redirect=wish.redirect,
        person=access.person.email or access.person.name,
        scopes=[SCOPES[scope] for scope in scopes],
        fields=_fields(wish),
    )


def _fields(wish: Wish) -> list[tuple[str, str]]:
    """What the form carries on; it is judged again when it comes back."""
    return [
        ("response_type", "code"),
        ("client_id", wish.client.id),
        ("redirect_uri", wish.redirect),
        ("scope", " ".join(wish.scopes)),
        ("state", wish.state),
        ("code_challenge", wish.challenge),
        ("code_challenge_method", "S256"),
    ]


@post("/oauth/authorize", status_code=200, include_in_schema=False, opt=PROVED)
async def authorize(
    data: FormData,
    access: NamedDependency[Access],
    db: NamedDependency[Database],
    settings: NamedDependency[Settings],
) -> Response[Any]:
    asked = {name: str(value) for name, value in data.items()}
    wish = oauth.read_wish(asked)
    if isinstance(wish, Refusal):
        return _onward(_refusal_url(asked, settings, wish), "the program")
    if asked.get("decision") != "allow":
        refusal = Refusal("access_denied", "the person said no")
        return _onward(_refusal_url(asked, settings, refusal), wish.client.title)
    now = clock.now()
    code = await db.run(lambda tx: oauth.allow(tx, access.person, wish, now))
    state = {"state": wish.state} if wish.state else {}
    return _onward(_answer_url(wish.redirect, settings, code=code, **state), wish.client.title)


ROUTES = (device_page, decide_device, authorize_page, authorize)
