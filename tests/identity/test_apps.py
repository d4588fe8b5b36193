"""Apps on one's own computer: the authorization code flow with PKCE, over real sockets."""

import base64
import hashlib
import html
import re
import secrets
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

from tests.identity.programs import CLI, me
from tests.server_mode import Hosted

LOOPBACK = "http://127.0.0.1:41999/callback"

pytestmark = pytest.mark.slow


def asked(verifier: str, **changed: str) -> dict[str, str]:
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    usual = {
        "response_type": "code",
        "client_id": "backroad-app",
        "redirect_uri": LOOPBACK,
        "scope": "read",
        "state": "xyz=&<",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    return {name: value for name, value in {**usual, **changed}.items() if value}


def answered(answer: httpx2.Response) -> tuple[str, dict[str, str]]:
    """Where the page leads on to, and with what."""
    assert answer.status_code == 200, answer.text
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', answer.text)
    assert found, answer.text
    url = html.unescape(found[1])
    return url.partition("?")[0], dict(parse_qsl(urlsplit(url).query))


def code_of(ticking: Hosted, verifier: str) -> str:
    where, got = answered(ticking.alice.client.post("/oauth/authorize", data={**asked(verifier), "decision": "allow"}))
    assert (where, got["state"], got["iss"]) == (LOOPBACK, "xyz=&<", ticking.url)
    return got["code"]


def redeemed(program: httpx2.Client, word: str, verifier: str, **changed: str) -> httpx2.Response:
    form = {
        "grant_type": "authorization_code",
        "code": word,
        "client_id": "backroad-app",
        "redirect_uri": LOOPBACK,
        "code_verifier": verifier,
        **changed,
    }
    return program.post("/oauth/token", data=form)


def test_an_app_on_this_machine_gets_a_code_and_tokens(ticking: Hosted, program: httpx2.Client) -> None:
    verifier = secrets.token_urlsafe(48)
    shown = ticking.alice.client.get("/oauth/authorize", params=asked(verifier))
    assert shown.status_code == 200
    assert "An app on your own computer" in shown.text
    code = code_of(ticking, verifier)
    issued = redeemed(program, code, verifier)
    assert issued.status_code == 200, issued.text
    assert issued.json()["scope"] == "read"
    assert me(program, issued.json()["access_token"]).status_code == 200
    # The code comes twice: it was copied, and what came of it ends.
    assert redeemed(program, code, verifier).json()["error"] == "invalid_grant"
    assert me(program, issued.json()["access_token"]).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://127.0.0.1:41999/other"},
        {"client_id": CLI},
        {"code": "bkrc_" + "x" * 46},
    ],
)
def test_a_code_is_worth_nothing_to_others(ticking: Hosted, program: httpx2.Client, changed: dict[str, str]) -> None:
    verifier = secrets.token_urlsafe(48)
    code = code_of(ticking, verifier)
    refused = redeemed(program, code, verifier, **changed)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize(
    "redirect",
    [
        "https://evil.example.org/callback",
        "http://127.0.0.1.evil.example.org:80/callback",
        "http://127.0.0.1:99999/callback",
        "http://127.0.0.1/callback",
        "http://localhost:4000/callback",
        "http://127.0.0.1:4000@evil.example.org/callback",
        "http://127.0.0.1:4000/callback?x=1",
        "http://127.0.0.1:4000/callback#x",
        "javascript:alert(1)",
        "",
    ],
)
def test_answers_go_to_this_machine_alone(ticking: Hosted, redirect: str) -> None:
    wish = asked("v" * 43, redirect_uri=redirect)
    for answer in (
        ticking.alice.client.get("/oauth/authorize", params=wish),
        ticking.alice.client.post("/oauth/authorize", data={**wish, "decision": "allow"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "refresh" not in answer.text


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
    ],
)
def test_wishes_that_are_refused_go_back_to_the_program(ticking: Hosted, changed: dict[str, str], error: str) -> None:
    answer = ticking.alice.client.get("/oauth/authorize", params=asked("v" * 43, **changed))
    assert answer.status_code == 303
    got = dict(parse_qsl(urlsplit(answer.headers["location"]).query))
    assert answer.headers["location"].startswith(LOOPBACK + "?")
    assert (got["error"], got["state"]) == (error, "xyz=&<")


def test_a_person_refuses_an_app(ticking: Hosted) -> None:
    where, got = answered(ticking.alice.client.post("/oauth/authorize", data=asked("v" * 43)))
    assert (where, got["error"]) == (LOOPBACK, "access_denied")
