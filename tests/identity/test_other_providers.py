"""Signing in with providers that others wrote: Authlib's server side as an OpenID provider, and one that answers as
GitHub does."""

import json
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from backroad.identity.github import GITHUB, places_of
from backroad.identity.openid import challenge_of
from backroad.kit.db import sqlite_url
from backroad.settings import Provider
from tests.identity.abroad import Browser
from tests.identity.authlib_provider import CLIENT_ID, CLIENT_SECRET, Authlib, authlib_provider
from tests.server_mode import SECRET_KEY, Hosted, hosting
from tests.serving import environment, free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def authlib() -> Iterator[Authlib]:
    before = os.environ.get("AUTHLIB_INSECURE_TRANSPORT")
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    with authlib_provider() as running:
        yield running
    if before is None:
        del os.environ["AUTHLIB_INSECURE_TRANSPORT"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, authlib: Authlib) -> Iterator[Hosted]:
    given = {"oidc_issuer": authlib.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    with hosting(tmp_path_factory.mktemp("authlib"), now="", **given) as running:
        authlib.client.redirect_uris = [f"{running.url}/login/from/oidc"]
        yield running


def test_authlib_lets_people_in(server: Hosted, authlib: Authlib) -> None:
    browser = Browser(server)
    answer = browser.sign_in("/plan")
    assert (answer.status_code, answer.headers["location"]) == (303, "/plan"), answer.text
    me = browser.me()
    assert me is not None
    assert (me["name"], me["email"]) == ("Ada", "ada@example.test")
    again = Browser(server)
    again.sign_in()
    assert again.me() == me


@pytest.mark.parametrize("method", ["client_secret_basic", "client_secret_post"])
def test_both_ways_of_showing_the_secret(authlib: Authlib, tmp_path: Path, method: str) -> None:
    given = {"oidc_issuer": authlib.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    kept = authlib.client
    authlib.client = type(kept)([])
    authlib.client.methods = (method,)
    try:
        with hosting(tmp_path, now="", **given) as server:
            authlib.client.redirect_uris = [f"{server.url}/login/from/oidc"]
            browser = Browser(server)
            assert browser.sign_in().status_code == 303
    finally:
        authlib.client = kept


def test_what_the_id_token_leaves_out_is_asked_for(server: Hosted, authlib: Authlib) -> None:
    authlib.in_userinfo_alone = True
    authlib.who = {"sub": "2", "name": "Bea", "email": "bea@example.test", "email_verified": True}
    browser = Browser(server)
    assert browser.sign_in().status_code == 303
    me = browser.me()
    assert me is not None
    assert me["email"] == "bea@example.test"
    back = browser.visit(browser.leave())
    code = authlib.codes[back["code"]]
    code.user = {**code.user, "sub": "3"}
    told = Browser(server, client=browser.client)

    def mixed_up(token: dict[str, Any], request: Any) -> None:
        authlib.access[token["access_token"]] = {"sub": "somebody else", "email": "ada@example.test"}

    authlib.save_token, kept = mixed_up, authlib.save_token  # type: ignore[method-assign]
    try:
        refused = told.come_back(**back)
    finally:
        authlib.save_token, authlib.in_userinfo_alone = kept, False  # type: ignore[method-assign]
    assert refused.status_code == 502


def test_a_replayed_answer_is_refused_by_both(server: Hosted, authlib: Authlib) -> None:
    browser = Browser(server)
    back = browser.visit(browser.leave())
    assert browser.come_back(**back).status_code == 303
    thief = Browser(server)
    own = thief.visit(thief.leave())
    assert thief.come_back(**{**own, "code": back["code"]}).status_code == 502
    assert thief.me() is None


class GitHubLike(BaseHTTPRequestHandler):
    """GitHub's web flow and the two questions that we ask, as GitHub Enterprise Server has them below one address."""

    codes: dict[str, dict[str, str]]
    tokens: set[str]
    user: dict[str, Any]
    emails: Any

    def do_GET(self) -> None:
        path, asked = urlsplit(self.path).path, dict(parse_qsl(urlsplit(self.path).query))
        if path == "/login/oauth/authorize":
            code = secrets.token_hex(10)
            self.codes[code] = asked
            back = f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            self._send(302, {}, location=back)
        elif self.headers.get("authorization", "").removeprefix("Bearer ") not in self.tokens:
            self._send(401, {"message": "Bad credentials"})
        elif path == "/api/v3/user":
            self._send(200, self.user)
        elif path == "/api/v3/user/emails":
            self._send(200, self.emails)
        else:
            self._send(404, {"message": "Not Found"})

    def do_POST(self) -> None:
        form = dict(parse_qsl(self.rfile.read(int(self.headers["content-length"])).decode()))
        asked = self.codes.pop(form.get("code", ""), None)
        right = (
            asked is not None
            and form.get("client_secret") == "hush"
            and form.get("redirect_uri") == asked["redirect_uri"]
            and challenge_of(form.get("code_verifier", "")) == asked["code_challenge"]
        )
        if not right:  # GitHub says so with the status 200
            self._send(200, {"error": "bad_verification_code", "error_description": "The code is incorrect."})
            return
        token = "gho_" + secrets.token_hex(10)
        self.tokens.add(token)
        self._send(200, {"access_token": token, "token_type": "bearer", "scope": "read:user,user:email"})

    def _send(self, status: int, body: Any, **headers: str) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"content-length": str(len(data)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def github() -> Iterator[type[GitHubLike]]:
    first = {"codes": {}, "tokens": set(), "user": {}, "emails": []}
    handler = type("GitHub", (GitHubLike,), first)
    http = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    handler.address = f"http://127.0.0.1:{http.server_port}"  # type: ignore[attr-defined]
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield handler
    http.shutdown()
    thread.join(10)
    http.server_close()


@contextmanager
def hosting_github(folder: Path, address: str) -> Iterator[Hosted]:
    """A server whose GitHub is at this address; no setting says such a thing, so the application is made here."""
    port, home = free_port(), folder / "home"
    env = {
        **environment(home, ""),
        "BACKROAD_MODE": "server",
        "BACKROAD_PUBLIC_URL": f"http://localhost:{port}",
        "BACKROAD_PORT": str(port),
        "BACKROAD_SECRET_KEY": SECRET_KEY,
        "BACKROAD_MAIL_URL": (folder / "mail").as_uri(),
        "GITHUB_ADDRESS": address,
    }
    log = folder / "server.log"
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--factory", "--port", str(port)]
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "tests.identity.github_app:app"], env=env, stdout=out, stderr=out, start_new_session=True
        )
    server = Hosted(home, port, process, log, sqlite_url(home / "backroad.db"), "")
    try:
        server.wait_until_up(60)
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with suppress(Exception):
                if server.client().get("/livez").status_code == 200:
                    break
            time.sleep(0.1)
        yield server
        assert "Traceback" not in server.said, server.said
    finally:
        server.close()
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory, github: type[GitHubLike]) -> Iterator[Hosted]:
    with hosting_github(tmp_path_factory.mktemp("github"), github.address) as running:  # type: ignore[attr-defined]
        yield running


def test_github_tells_who_somebody_is(hub: Hosted, github: type[GitHubLike]) -> None:
    github.user = {"id": 583231, "login": "octo", "name": None}
    github.emails = [
        {"email": "old@example.test", "primary": False, "verified": True},
        {"email": "octo@example.test", "primary": True, "verified": True},
    ]
    browser = Browser(hub, "github")
    assert browser.sign_in().status_code == 303
    me = browser.me()
    assert me is not None
    assert (me["name"], me["email"]) == ("octo", "octo@example.test")
    github.user = {"id": 583231, "login": "renamed", "name": "Octo"}
    again = Browser(hub, "github")
    assert again.sign_in().status_code == 303
    assert again.me() == me


def test_github_emails_that_are_not_verified_do_not_count(hub: Hosted, github: type[GitHubLike]) -> None:
    github.user = {"id": 2, "login": "unsure", "name": "Unsure"}
    github.emails = [{"email": "unsure@example.test", "primary": True, "verified": False}]
    browser = Browser(hub, "github")
    assert browser.sign_in().status_code == 303
    me = browser.me()
    assert me is not None
    assert me["email"] == ""


@pytest.mark.parametrize("user", [{}, {"id": "1", "login": "x"}, {"id": True, "login": "x"}, {"id": 1}, []])
def test_github_users_that_are_none(hub: Hosted, github: type[GitHubLike], user: Any) -> None:
    github.user, github.emails = user, []
    browser = Browser(hub, "github")
    assert browser.sign_in().status_code == 502
    assert browser.me() is None


def test_github_codes_that_are_not_ours(hub: Hosted, github: type[GitHubLike]) -> None:
    github.user, github.emails = {"id": 3, "login": "three"}, {"message": "odd"}
    browser, thief = Browser(hub, "github"), Browser(hub, "github")
    back, own = browser.visit(browser.leave()), thief.visit(thief.leave())
    assert thief.come_back(**{**own, "code": back["code"]}).status_code == 502  # PKCE: the verifier is another's
    assert thief.me() is None
    assert thief.come_back(**back).status_code == 400


def test_the_real_github_is_meant_where_nothing_else_is_said() -> None:
    assert places_of(Provider("github", "GitHub", "id", "secret")) == GITHUB
    assert GITHUB.api == "https://api.github.com"
    assert places_of(Provider("github", "GitHub", "id", "secret", "https://ghe.example.org/")).api == (
        "https://ghe.example.org/api/v3"
    )
