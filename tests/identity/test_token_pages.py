"""Personal access tokens on their page and over REST, and what they let in."""

import re

import httpx2
import pytest

from tests.identity.programs import me
from tests.server_mode import Hosted

pytestmark = pytest.mark.slow


def test_tokens_on_their_page(ticking: Hosted, program: httpx2.Client) -> None:
    client = ticking.alice.client
    made = client.post("/settings/tokens", data={"name": "<i>ci", "scopes": ["read", "submit"], "days": "30"})
    found = re.search(r"bkr_[0-9A-Za-z]{46}", made.text)
    assert found, made.text
    assert found[0] not in client.get("/settings/tokens").text
    assert "&lt;i&gt;ci" in client.get("/settings/tokens").text
    assert me(program, found[0]).json() | {"scopes": []} == {
        "id": ticking.alice.id,
        "email": "alice@example.org",
        "name": "Alice",
        "role": "learner",
        "via": "token",
        "scopes": [],
    }
    refused = client.post("/settings/tokens", data={"name": "x", "scopes": "admin", "days": "1"})
    assert refused.status_code == 403
    assert client.post("/settings/tokens", data={"name": "x", "days": "many"}).status_code == 400


def test_tokens_over_rest_belong_to_one_person(ticking: Hosted, program: httpx2.Client) -> None:
    alice, bob = ticking.alice.client, ticking.bob.client
    made = alice.post("/api/v1/tokens", json={"name": "ci", "scopes": ["read", "write"], "days": 7})
    assert made.status_code == 201, made.text
    word, token = made.json()["word"], made.json()["token"]
    assert "word" not in alice.get("/api/v1/tokens").text
    assert token["id"] not in bob.get("/api/v1/tokens").text
    assert bob.delete(f"/api/v1/tokens/{token['id']}").status_code == 404
    assert me(program, word).status_code == 200
    bearer = {"authorization": f"Bearer {word}"}
    assert program.delete(f"/api/v1/tokens/{token['id']}", headers=bearer).status_code == 204
    assert me(program, word).status_code == 401
    assert alice.post("/api/v1/tokens", json={"name": "ci", "scopes": ["all"]}).status_code == 400
    assert alice.post("/api/v1/tokens", json={"name": "ci", "scopes": ["admin"]}).status_code == 403
    assert alice.post("/api/v1/tokens", json={"name": "ci", "scopes": ["read"], "days": 366}).status_code == 400


def test_an_admins_token_needs_the_scope_admin(ticking: Hosted, program: httpx2.Client) -> None:
    made = ticking.dana.client.post("/api/v1/tokens", json={"name": "ci", "scopes": ["read", "write"]}).json()["word"]
    full = ticking.dana.client.post("/api/v1/tokens", json={"name": "ci", "scopes": ["read", "admin"]}).json()["word"]
    for word, status in ((made, 403), (full, 200)):
        answer = program.get("/admin/people", headers={"authorization": f"Bearer {word}"})
        assert answer.status_code == status


@pytest.mark.parametrize("token", ["x", "bkr_", "bkr_" + "0" * 46, "a.b.c", "é" * 10, "..", "x" * 5000])
def test_what_is_no_token(program: httpx2.Client, token: str) -> None:
    answer = program.get("/api/v1/me", headers={"authorization": b"Bearer " + token.encode()})
    assert answer.status_code == 401


def test_public_pages_do_not_mind_strange_tokens(program: httpx2.Client) -> None:
    assert program.get("/login", headers={"authorization": "Bearer of-something-else"}).status_code == 200
