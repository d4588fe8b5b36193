"""What this machine keeps of its sign-in to a server, and how that stays fresh.

`server.json` in the data folder, readable by its owner alone, holds where, the token that is sent, and, after
`backroad login`, the refresh token that a new one is got with. A refresh token works once, so commands that run side by
side take a lock to use it.
"""

import fcntl
import os
import tempfile
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec

from backroad import __version__, settings
from backroad.kit.errors import Problem

if TYPE_CHECKING:
    import httpx2

CLIENT = "backroad-cli"
FILE = "server.json"
EARLY = 60.0
"""Seconds before its end in which a token is renewed."""
PATIENCE = 30.0


class Kept(msgspec.Struct, frozen=True):
    server: str
    """Its URL, without a slash at its end."""
    token: str
    refresh: str = ""
    """Empty for a personal access token, which is sent as it is until it ends."""
    expires_at: float = 0.0
    """In seconds since 1970, by this machine's clock."""

    @property
    def is_fresh(self) -> bool:
        return not self.refresh or time.time() < self.expires_at - EARLY


def path() -> Path:
    return settings.load().home / FILE


def read() -> Kept | None:
    file = path()
    try:
        return msgspec.json.decode(file.read_bytes(), type=Kept)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.MsgspecError):
        raise Problem(f"{file} cannot be read.", "Sign in again: backroad login URL.") from None


def write(kept: Kept) -> None:
    """Whole or not at all, and at no moment readable by others."""
    file = path()
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=file.parent, prefix=FILE)  # 0600 from the beginning
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(msgspec.json.format(msgspec.json.encode(kept), indent=2))
            Path(name).replace(file)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise Problem(f"{file} cannot be written: {error.strerror}.", "Make room for it, and sign in again.") from None


def forget() -> None:
    with suppress(FileNotFoundError):
        path().unlink()


def checked_url(text: str) -> str:
    """A server's URL; plain http is for this machine alone, since a token travels with each request."""
    url = text.strip().rstrip("/")
    url = url if "://" in url else f"https://{url}"
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        parts.port  # noqa: B018 (a port that is no number raises)
    except ValueError:
        host, parts = "", urlsplit("")
    bare = not (parts.path or parts.query or parts.fragment or parts.username)
    if not host or not bare or parts.scheme not in ("https", "http"):
        raise Problem(f"{text[:80]!r} is no URL of a server.", "Write it as https://learn.example.org.")
    if parts.scheme == "http" and host not in ("localhost", "127.0.0.1", "::1"):
        raise Problem("Over plain http, others could read your token.", "Write the URL with https.")
    return url.lower()


def client(server: str, **more: Any) -> "httpx2.Client":
    import platform

    import httpx2

    agent = f"backroad/{__version__} ({platform.node()[:60] or 'unknown'})"
    return httpx2.Client(base_url=server, timeout=PATIENCE, headers={"user-agent": agent}, **more)


def ask(server: str, do: Callable[["httpx2.Client"], "httpx2.Response"]) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer, or a sentence about why there is none."""
    import httpx2

    try:
        with client(server) as http:
            answer = do(http)
    except httpx2.HTTPError as error:
        raise Problem(
            f"{server} cannot be reached ({error or type(error).__name__}).", "Check the address and your connection."
        ) from None
    try:
        found = msgspec.json.decode(answer.content) if answer.content else {}
    except msgspec.DecodeError:
        found = None
    if not isinstance(found, dict):
        raise Problem(f"{server} does not answer like a Backroad (HTTP {answer.status_code}).", "Check the address.")
    return answer.status_code, found


def kept_of(server: str, issued: dict[str, Any]) -> Kept:
    """What the token endpoint gave (RFC 6749, 5.1)."""
    try:
        given = msgspec.convert(issued, _Issued)
    except msgspec.ValidationError:
        raise Problem(f"{server} does not answer like a Backroad.", "Check the address.") from None
    return Kept(server, given.access_token, given.refresh_token, time.time() + given.expires_in)


class _Issued(msgspec.Struct):
    access_token: str
    refresh_token: str
    expires_in: int


@contextmanager
def _locked() -> Iterator[None]:
    with path().with_name(f"{FILE}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def renewed(stale: Kept) -> Kept:
    """With a new token; that of another command which has just got one, where there is one."""
    with _locked():
        kept = read()
        if kept is None or kept.server != stale.server or not kept.refresh:
            raise _signed_out(stale.server)
        if kept.token != stale.token and kept.is_fresh:
            return kept
        form = {"grant_type": "refresh_token", "refresh_token": kept.refresh, "client_id": CLIENT}
        status, found = ask(kept.server, lambda http: http.post("/oauth/token", data=form))
        if status == 400 and found.get("error") == "invalid_grant":
            forget()
            raise _signed_out(kept.server)
        if status != 200:
            raise Problem(f"{kept.server} gave no new token (HTTP {status}).", "Try again in a moment.")
        fresh = kept_of(kept.server, found)
        write(fresh)
        return fresh


def _signed_out(server: str) -> Problem:
    return Problem(f"You are signed out of {server}.", f"Sign in again: backroad login {server}")


def fresh(kept: Kept) -> Kept:
    return kept if kept.is_fresh else renewed(kept)


def bearer(server: str, token: str) -> "httpx2.Auth":
    """Sends the token with each request, and a renewed one where it comes from `backroad login` and grows old."""
    import httpx2

    class Bearer(httpx2.Auth):
        def auth_flow(self, request: "httpx2.Request") -> Generator["httpx2.Request", "httpx2.Response", None]:
            nonlocal token
            kept = read()
            mine = kept is not None and kept.server == server and bool(kept.refresh)
            if kept is not None and mine and not os.environ.get("BACKROAD_TOKEN"):
                token = fresh(kept).token
            if token:
                request.headers["authorization"] = f"Bearer {token}"
            yield request

    return Bearer()
