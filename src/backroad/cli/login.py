"""`backroad login`, `logout` and `whoami`: this machine's sign-in to a server."""

import getpass
import os
import sys
import time
import webbrowser
from typing import Annotated, Any

from cyclopts import Parameter

from backroad.cli import connection
from backroad.cli.connection import CLIENT, Kept
from backroad.cli.learn import AsJson
from backroad.cli.output import print_json
from backroad.kit.errors import Problem

DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


def login(
    server: Annotated[str | None, Parameter(help="Its URL; default: BACKROAD_SERVER, or the last one.")] = None,
    *,
    with_token: Annotated[bool, Parameter(help="Read a personal access token instead.", negative="")] = False,
    scope: Annotated[str, Parameter(help="What commands here may do: read, write, submit, admin.")] = (
        "read write submit"
    ),
    browser: Annotated[bool, Parameter(help="Open the page in the browser.")] = True,
) -> None:
    """Sign in to a server: a code appears here, and you confirm it in the browser, on any device."""
    before = _before()
    chosen = server or os.environ.get("BACKROAD_SERVER") or (before.server if before else "")
    if not chosen:
        raise Problem("It is not said which server.", "Write its URL: backroad login https://learn.example.org")
    url = connection.checked_url(chosen)
    kept = _by_token(url) if with_token else _by_device(url, scope, browser)
    who = _me(kept)
    if before is not None and before.refresh:
        _revoke(before)
    connection.write(kept)
    print(f"You are signed in to {url} as {_named(who)}.")


def _before() -> Kept | None:
    """What a sign-in takes the place of; a file that cannot be read, it mends."""
    try:
        return connection.read()
    except Problem:
        return None


def logout() -> None:
    """Sign this machine out; the server forgets it too."""
    kept = connection.read()
    if kept is None:
        print("You are not signed in to a server.")
        return
    told = _revoke(kept) if kept.refresh else True
    connection.forget()
    print(f"You are signed out of {kept.server}.")
    if not told:
        where = f"{kept.server}/settings/tokens"
        raise Problem("The server could not be told, and lets this machine's token in for a while.", f"See {where}")
    if not kept.refresh:
        print(f"Your token goes on to work elsewhere; revoke it at {kept.server}/settings/tokens")


def whoami(*, as_json: AsJson = False) -> None:
    """Say which server this machine is signed in to, and as whom."""
    kept, server, token = connection.read(), os.environ.get("BACKROAD_SERVER"), os.environ.get("BACKROAD_TOKEN")
    if token and (server or kept):
        kept = Kept(connection.checked_url(server) if server else kept.server if kept else "", token)
    if kept is None:
        raise Problem("You are not signed in to a server.", "Sign in: backroad login https://learn.example.org")
    kept = connection.fresh(kept)
    who = _me(kept)
    if as_json:
        print_json({"server": kept.server, **who})
        return
    print(f"{_named(who)} at {kept.server}")
    print(f"  role {who['role']}, scopes {' '.join(who['scopes'])}")


def _named(who: dict[str, Any]) -> str:
    return f"{who['name']} ({who['email']})" if who["email"] else str(who["name"])


def _me(kept: Kept) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {kept.token}"}
    status, found = connection.ask(kept.server, lambda http: http.get("/api/v1/me", headers=headers))
    if status == 401:
        raise Problem(f"{kept.server} does not take this token.", f"Sign in again: backroad login {kept.server}")
    if status != 200 or not {"name", "email", "role", "scopes"} <= found.keys():
        raise Problem(str(found.get("detail") or f"{kept.server} does not answer like a Backroad."))
    return found


def _by_token(url: str) -> Kept:
    word = getpass.getpass("Token: ") if sys.stdin.isatty() else sys.stdin.readline()
    if not word.strip().startswith("bkr_"):
        raise Problem("This is no token: they begin with bkr_.", f"Make one at {url}/settings/tokens")
    return Kept(url, word.strip())


def _by_device(url: str, scope: str, browser: bool) -> Kept:
    """RFC 8628."""
    status, about = connection.ask(url, lambda http: http.get("/.well-known/oauth-authorization-server"))
    if status != 200 or about.get("issuer") != url:
        said = f" but like {about['issuer']}" if isinstance(about.get("issuer"), str) else ""
        raise Problem(f"{url} does not answer like a Backroad of this address{said}.", "Check the address.")
    form = {"client_id": CLIENT, "scope": scope}
    status, begun = connection.ask(url, lambda http: http.post("/oauth/device", data=form))
    if status != 200:
        raise Problem(f"{url} lets no program in: {begun.get('error_description') or status}.")
    print(f"Open {begun['verification_uri']} and type this code, which works for ten minutes:\n")
    print(f"    {begun['user_code']}\n", flush=True)
    if browser and _has_browser():
        webbrowser.open(str(begun["verification_uri_complete"]))
    return _polled(url, begun)


def _has_browser() -> bool:
    """A browser in the terminal would take the terminal away from us."""
    return sys.platform == "darwin" or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _polled(url: str, begun: dict[str, Any]) -> Kept:
    form = {"grant_type": DEVICE, "device_code": begun["device_code"], "client_id": CLIENT}
    pause, until = float(begun.get("interval", 5)), time.monotonic() + float(begun["expires_in"])
    while time.monotonic() < until:
        time.sleep(pause)
        status, found = connection.ask(url, lambda http: http.post("/oauth/token", data=form))
        if status == 200:
            return connection.kept_of(url, found)
        match found.get("error"):
            case "authorization_pending":
                continue
            case "slow_down" | "temporarily_unavailable":
                pause += 5
            case "access_denied":
                raise Problem("You refused it in the browser; nothing has changed here.")
            case "expired_token" | "invalid_grant":
                break
            case other:
                raise Problem(f"{url} refused: {found.get('error_description') or other or status}.")
    raise Problem("The code is over, and nobody has confirmed it.", "Begin again: backroad login")


def _revoke(kept: Kept) -> bool:
    """Whether the server was told."""
    try:
        status, _ = connection.ask(
            kept.server, lambda http: http.post("/oauth/revoke", data={"token": kept.refresh, "client_id": CLIENT})
        )
    except Problem:
        return False
    return status == 200
