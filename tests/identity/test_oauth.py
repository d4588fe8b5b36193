"""Programs that are let in, over real sockets."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx2
import pytest
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.identity.programs import CLI, begun, let_in, me, polled, refreshed
from tests.server_mode import Hosted

pytestmark = pytest.mark.slow


def test_a_device_is_let_in_by_a_person_who_saw_what_asks(ticking: Hosted, program: httpx2.Client) -> None:
    program.headers["user-agent"] = "backroad/1 (laptop <b>)"
    started = begun(program)
    assert re.fullmatch(r"[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}", started["user_code"])
    assert started["verification_uri"] == f"{ticking.url}/device"
    assert polled(program, started["device_code"]).json()["error"] == "authorization_pending"
    shown = ticking.alice.client.get("/device", params={"user_code": started["user_code"].lower().replace("-", " ")})
    assert "Backroad&#x27;s command line" in shown.text
    assert "laptop &lt;b&gt;" in shown.text
    assert "127.0.0.1" in shown.text
    assert polled(program, started["device_code"]).json()["error"] == "slow_down"
    ticking.alice.client.post("/device", data={"user_code": started["user_code"], "decision": "allow"})
    assert (
        polled(program, started["device_code"]).json()["error"] == "slow_down"
    )  # ten seconds by now, and then fifteen
    again = begun(program)
    ticking.alice.client.post("/device", data={"user_code": again["user_code"], "decision": "allow"})
    got = polled(program, again["device_code"])
    assert got.status_code == 200
    assert (got.json()["token_type"], got.json()["expires_in"], got.json()["scope"]) == ("Bearer", 900, "read write")
    assert me(program, got.json()["access_token"]).json()["id"] == ticking.alice.id
    assert polled(program, again["device_code"]).json()["error"] == "invalid_grant"


def test_polls_in_good_time_are_not_told_to_slow_down(ticking: Hosted, program: httpx2.Client) -> None:
    started = begun(program)
    assert polled(program, started["device_code"]).json()["error"] == "authorization_pending"
    time.sleep(5)
    assert polled(program, started["device_code"]).json()["error"] == "authorization_pending"


def test_a_person_says_no(ticking: Hosted, program: httpx2.Client) -> None:
    started = begun(program)
    answer = ticking.alice.client.post("/device", data={"user_code": started["user_code"], "decision": "deny"})
    assert "was refused" in answer.text
    assert polled(program, started["device_code"]).json()["error"] == "access_denied"
    assert polled(program, started["device_code"]).json()["error"] == "invalid_grant"


def test_codes_are_not_guessed_nor_used_twice(ticking: Hosted, program: httpx2.Client) -> None:
    eve = ticking.member("eve")
    started = begun(program)
    assert eve.client.post("/device", data={"user_code": started["user_code"], "decision": "allow"}).status_code == 200
    assert eve.client.post("/device", data={"user_code": started["user_code"], "decision": "allow"}).status_code == 404
    codes = [eve.client.get("/device", params={"user_code": "BBBB-BBBB"}).status_code for _ in range(12)]
    assert codes[0] == 404
    assert codes[-1] == 429
    assert polled(program, started["device_code"], client="backroad-app").json()["error"] == "invalid_grant"


def test_strangers_and_tokens_let_nothing_in(ticking: Hosted, program: httpx2.Client) -> None:
    started = begun(program)
    sent = {"user_code": started["user_code"], "decision": "allow"}
    assert ticking.client().post("/device", data=sent).status_code == 401
    to_login = program.get("/device", params={"user_code": started["user_code"]})
    assert to_login.status_code == 303
    assert to_login.headers["location"].startswith("/login?next=/device%3Fuser_code")
    token = let_in(ticking, program)["access_token"]
    bearer = {"authorization": f"Bearer {token}"}
    assert program.post("/device", data=sent, headers=bearer).status_code == 403
    assert program.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}, headers=bearer).status_code == 403
    other_site = {"origin": "https://evil.example.org"}
    assert ticking.alice.client.post("/device", data=sent, headers=other_site).status_code == 403
    assert polled(program, started["device_code"]).json()["error"] == "authorization_pending"


def test_a_learner_cannot_give_away_what_only_admins_may(ticking: Hosted, program: httpx2.Client) -> None:
    assert let_in(ticking, program, "read admin")["scope"] == "read"
    assert let_in(ticking, program, "read admin", who="dana")["scope"] == "read admin"
    started = begun(program, "admin")
    answer = ticking.alice.client.post("/device", data={"user_code": started["user_code"], "decision": "allow"})
    assert answer.status_code == 403


def test_scopes_hold(ticking: Hosted, program: httpx2.Client) -> None:
    token = let_in(ticking, program, "read")["access_token"]
    note = {"kind": "skill", "ref": "sql.joins", "text": "x"}
    assert me(program, token).json()["scopes"] == ["read"]
    answer = program.post("/api/v1/notes", json=note, headers={"authorization": f"Bearer {token}"})
    assert answer.status_code == 403
    assert "'write'" in answer.json()["detail"]


def test_refresh_tokens_rotate_and_reuse_ends_the_grant(ticking: Hosted, program: httpx2.Client) -> None:
    first = let_in(ticking, program)
    second = refreshed(program, first["refresh_token"])
    assert second.status_code == 200
    assert me(program, second.json()["access_token"]).status_code == 200
    stolen = refreshed(program, first["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    assert refreshed(program, second.json()["refresh_token"]).json()["error"] == "invalid_grant"
    ended = me(program, second.json()["access_token"])
    assert ended.status_code == 401
    assert ended.json()["detail"] == "This token is not valid."
    assert ended.headers["www-authenticate"].startswith("Bearer")


def test_two_refreshes_at_once_over_sockets(ticking: Hosted, program: httpx2.Client) -> None:
    for _ in range(5):
        refresh = let_in(ticking, program)["refresh_token"]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _, refresh=refresh: refreshed(program, refresh).status_code, range(4)))
        assert sorted(answers) == [200, 400, 400, 400]


def test_revoking_and_signing_a_program_out(ticking: Hosted, program: httpx2.Client) -> None:
    issued = let_in(ticking, program)
    assert program.post("/oauth/revoke", data={"token": "bkrr_nothing"}).status_code == 200
    assert program.post("/oauth/revoke", data={"token": issued["refresh_token"]}).status_code == 200
    assert me(program, issued["access_token"]).status_code == 401
    issued = let_in(ticking, program)
    programs = ticking.alice.client.get("/api/v1/programs").json()["items"]
    assert programs[0]["client"] == CLI
    assert ticking.bob.client.delete(f"/api/v1/programs/{programs[0]['id']}").status_code == 404
    assert ticking.alice.client.delete(f"/api/v1/programs/{programs[0]['id']}").status_code == 204
    assert me(program, issued["access_token"]).status_code == 401
    assert refreshed(program, issued["refresh_token"]).status_code == 400
    issued = let_in(ticking, program)
    assert program.post("/oauth/revoke", data={"token": issued["access_token"]}).status_code == 200
    assert me(program, issued["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ("", "invalid_request"),
        ("grant_type=password&username=alice&password=x&client_id=backroad-cli", "unsupported_grant_type"),
        ("grant_type=client_credentials&client_id=backroad-cli", "unsupported_grant_type"),
        ("grant_type=refresh_token&refresh_token=x", "invalid_client"),
        ("grant_type=refresh_token&refresh_token=x&client_id=other", "invalid_client"),
        ("grant_type=refresh_token&client_id=backroad-cli", "invalid_grant"),
        ("grant_type=refresh_token&grant_type=refresh_token&client_id=backroad-cli", "invalid_request"),
        ("grant_type=" + "x" * 9000, "invalid_request"),
        ("&".join(f"a{n}=1" for n in range(80)), "invalid_request"),
        ("%ff=\x00", "invalid_request"),
        ("grant_type=authorization_code&code=%00&client_id=backroad-cli", "invalid_grant"),
    ],
)
def test_what_the_token_endpoint_refuses(program: httpx2.Client, body: str, error: str) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded"}
    answer = program.post("/oauth/token", content=body, headers=headers)
    assert answer.status_code in (400, 401)
    assert answer.json()["error"] == error
    assert answer.headers["cache-control"] == "no-store"


def test_other_media_types_and_methods(program: httpx2.Client) -> None:
    assert program.post("/oauth/token", json={"grant_type": "refresh_token"}).json()["error"] == "invalid_request"
    assert program.get("/oauth/token").status_code == 405


def test_what_the_server_says_about_itself(ticking: Hosted, program: httpx2.Client) -> None:
    said = program.get("/.well-known/oauth-authorization-server").json()
    assert said["issuer"] == ticking.url
    assert said["code_challenge_methods_supported"] == ["S256"]
    assert "password" not in said["grant_types_supported"]
    token = let_in(ticking, program)["access_token"]
    keys = KeySet.import_key_set(program.get(urlsplit(said["jwks_uri"]).path).json())
    claims = jwt.decode(token, keys, algorithms=["ES256"]).claims
    assert claims["iss"] == claims["aud"] == ticking.url
    assert all("d" not in key for key in program.get("/oauth/jwks.json").json()["keys"])


def test_data_at_rest_holds_no_secret(ticking: Hosted, program: httpx2.Client) -> None:
    issued = let_in(ticking, program)
    kept = b"".join(file.read_bytes() for file in ticking.home.glob("backroad.db*"))
    assert issued["refresh_token"].encode() not in kept
    assert issued["access_token"].encode() not in kept
