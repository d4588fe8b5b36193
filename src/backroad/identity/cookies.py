"""What a browser carries: the session, and for ten minutes that its person's password was right."""

from datetime import datetime
from typing import Any

from litestar import Request, Response
from litestar.response import Redirect

from backroad.identity import sealing
from backroad.identity.actions import NeedsCode
from backroad.identity.guard import cookie_name
from backroad.identity.model import SESSION_LIFE
from backroad.kit.limits import client_address
from backroad.settings import Settings

AnyRequest = Request[Any, Any, Any]
STEP_SECONDS = 600
_STEP = "second step"


def where_next(text: str) -> str:
    """A path of this server; anything else could lead people to somebody else's page (OWASP, open redirects)."""
    sound = text.startswith("/") and not text.startswith(("//", "/\\")) and text.isprintable() and len(text) < 500
    return text if sound and "\\" not in text else "/"


def from_where(request: AnyRequest, settings: Settings) -> dict[str, str]:
    """`agent` and `address`, as sessions keep them."""
    address = client_address(request.scope, settings.trusted_proxies)
    return {"agent": request.headers.get("user-agent", "")[:200], "address": address}


def _is_secure(settings: Settings) -> bool:
    return settings.public_url.startswith("https:")


def _set(answer: Response[Any], settings: Settings, name: str, value: str, seconds: int) -> None:
    secure = _is_secure(settings)
    answer.set_cookie(name, value, max_age=seconds, path="/", secure=secure, httponly=True, samesite="lax")


def let_in(settings: Settings, token: str, to: str) -> Response[Any]:
    """To a page, with the cookie of a new session."""
    answer = Redirect(to, status_code=303)
    _set(answer, settings, cookie_name(_is_secure(settings)), token, int(SESSION_LIFE.total_seconds()))
    _set(answer, settings, step_name(settings), "", 0)
    return answer


def let_out(settings: Settings, to: str) -> Response[Any]:
    answer = Redirect(to, status_code=303)
    _set(answer, settings, cookie_name(_is_secure(settings)), "", 0)
    return answer


def step_name(settings: Settings) -> str:
    return f"{cookie_name(_is_secure(settings))}-step"


def ask_for_code(settings: Settings, known: NeedsCode, to: str, now: datetime) -> Response[Any]:
    """To the second step; `to` comes after it, where the query says so."""
    answer = Redirect(to, status_code=303)
    _set(answer, settings, step_name(settings), sealing.seal(settings.secret_key, _STEP, known, now), STEP_SECONDS)
    return answer


def first_step(request: AnyRequest, settings: Settings, now: datetime) -> NeedsCode | None:
    """Whose password was right in this browser, not long ago."""
    given = request.cookies.get(step_name(settings), "")
    return sealing.unseal(settings.secret_key, _STEP, given, NeedsCode, now=now, seconds=STEP_SECONDS)
