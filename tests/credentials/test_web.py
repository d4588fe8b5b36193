"""Credentials over HTTP: the learner issues, anybody checks, nobody takes what is another's."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from backroad.kit.db import Database
from backroad.progress import actions as progress
from backroad.progress.model import Facts, NewEvidence
from tests.credentials.open_badge import bit, check_claims, check_credential, check_header, opened, part
from tests.credentials.test_verify import NOW
from tests.databases import settings_of
from tests.server_mode import Hosted, Member, hosting
from tests.serving import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("credentials")) as running:
        yield running


def prove(server: Hosted, member: Member, skill: str, *, days: int = 0) -> None:
    at = server.now - timedelta(days=days)
    said = NewEvidence(skill=skill, source="instructor", ref="c", outcome="passed", provenance="instructor", at=at)
    server.db.run_now(lambda tx: progress.record(tx, member.id, [said], now=server.now, facts=Facts()))


def issue(member: Member, subject: str) -> dict[str, str]:
    answer = member.client.post("/api/v1/credentials", json={"subject": subject})
    assert answer.status_code == 201, answer.text
    found: dict[str, str] = answer.json()
    assert answer.headers["location"] == f"/api/v1/credentials/{found['id']}"
    return found


def test_a_verifier_elsewhere_can_check_everything(server: Hosted) -> None:
    alice = server.alice
    prove(server, alice, "sql.joins", days=3)
    token = issue(alice, "skill:sql.joins")["jwt"]
    with server.client(headers={}) as anybody:
        header = check_header(token)
        assert header["kid"].startswith(f"{server.url}/keys/")
        jwk = anybody.get(header["kid"]).json()
        listed = {key["kid"]: key for key in anybody.get("/.well-known/jwks.json").json()["keys"]}
        assert listed[jwk["kid"]] == jwk
        body = check_claims(opened(token, jwk))
        check_credential(body)
        profile = anybody.get(body["issuer"]["id"]).json()
        assert {name: profile[name] for name in ("id", "type", "name", "url")} == body["issuer"]
        achievement = anybody.get(body["credentialSubject"]["achievement"]["id"]).json()
        del achievement["@context"]
        assert achievement == body["credentialSubject"]["achievement"]
        assert anybody.get(body["id"]).text == token
        shown = anybody.get(body["id"], headers={"accept": "text/html"})
        assert shown.headers["location"] == body["id"].replace("/credentials/", "/verify/").removeprefix(server.url)
        entry = body["credentialStatus"]
        answer = anybody.get(entry["statusListCredential"])
        assert answer.headers["content-type"].startswith("application/vc+jwt")
        assert not bit(check_claims_of_list(answer.text, jwk), int(entry["statusListIndex"]))
        number = body["id"].rpartition("/")[2]
        assert alice.client.delete(f"/api/v1/credentials/{number}").status_code == 204
        revoked = check_claims_of_list(anybody.get(entry["statusListCredential"]).text, jwk)
        assert bit(revoked, int(entry["statusListIndex"]))
        assert anybody.get(f"/api/v1/credentials/{number}/verification").json()["state"] == "revoked"
        assert anybody.post("/api/v1/verifications", json={"jwt": token}).json()["state"] == "revoked"


def check_claims_of_list(token: str, jwk: dict[str, str]) -> dict[str, object]:
    check_header(token)
    payload = opened(token, jwk)
    assert (payload["iss"], payload["jti"]) == (payload["issuer"], payload["id"])
    return payload


def test_everybody_sees_only_their_own(server: Hosted) -> None:
    alice, bob = server.alice, server.bob
    prove(server, alice, "http.methods")
    number = issue(alice, "skill:http.methods")["id"]
    path = f"/api/v1/credentials/{number}"
    for other in (bob, server.carol):
        assert other.client.get(path).status_code == 404
        assert other.client.delete(path).status_code == 404
        assert other.client.post(f"/credentials/{number}/revoke").status_code == 404
        assert number not in other.client.get("/credentials").text
        assert other.client.get("/api/v1/credentials").json()["items"] == []
        assert other.client.post("/api/v1/credentials", json={"subject": "skill:http.methods"}).status_code == 409
    with server.client() as stranger:
        assert stranger.get(path).status_code == 401
        assert stranger.get("/credentials").status_code == 303
        assert stranger.post("/api/v1/credentials", json={"subject": "skill:http.methods"}).status_code == 401
        assert stranger.get(f"{path}/verification").json()["state"] == "valid"
    assert alice.client.get(path).json()["id"] == number
    assert issue(alice, "skill:http.methods")["id"] == number


def test_the_pages_lead_from_proof_to_credential_and_back(server: Hosted) -> None:
    member = server.member("paula")
    assert "You have proven no skill yet" in member.client.get("/credentials").text
    prove(server, member, "net.dns")
    page = member.client.get("/credentials").text
    assert 'value="skill:net.dns"' in page
    assert 'value="road:canonical"' in page
    answer = member.client.post("/credentials", data={"subject": "road:canonical"})
    assert answer.status_code == 303
    page = member.client.get(answer.headers["location"].partition("#")[0]).text
    number = page.partition('href="/verify/')[2].partition('"')[0]
    with server.client() as anybody:
        shown = anybody.get(f"/verify/{number}").text
        assert "It is genuine and in force" in shown
        assert "Paula" in shown
        assert "accepted by an instructor" in shown
        token = anybody.get(f"/credentials/{number}.jwt")
        assert token.headers["content-disposition"] == f'attachment; filename="backroad-{number}.jwt"'
        body = json.loads(anybody.get(f"/credentials/{number}.json").text)
        check_credential(body)
        assert anybody.get(f"/credentials/{number}.exe").status_code == 404
        assert anybody.get("/credentials/none.jwt").status_code == 404
        for text, said in {
            token.text: "It is genuine and in force",
            token.text[:-8]: "its signature does not fit",
            "<script>alert(1)</script>": "This cannot be read",
            "": "This cannot be read",
        }.items():
            checked = anybody.post("/verify", data={"jwt": text})
            assert (checked.status_code, said in checked.text) == (200, True), said
            assert "<script>alert" not in checked.text
    refused = member.client.post("/credentials", data={"subject": "skill:sql.joins"})
    assert (refused.status_code, "You have not proven this skill" in refused.text) == (409, True)
    assert member.client.post(f"/credentials/{number}/revoke").status_code == 303
    assert "taken back" in member.client.get("/credentials").text


def test_a_local_backroad_issues_what_it_can_and_says_what_it_is_worth(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as running:
        running.settle()
        db = Database(settings_of(tmp_path / "home").database_url)
        said = NewEvidence(skill="sql.joins", source="instructor", ref="c", outcome="passed", provenance="instructor")
        db.run_now(lambda tx: progress.record(tx, "local", [said], now=NOW, facts=Facts()))
        db.close()
        with running.client() as client:
            assert "Here your own key signs" in client.get("/credentials").text
            made = client.post("/api/v1/credentials", json={"subject": "skill:sql.joins"}).json()
            check_credential(check_claims(part(made["jwt"].split(".")[1])))
            shown = client.get(f"/verify/{made['id']}").text
            assert "Self-asserted." in shown
            assert client.get("/issuer").status_code == 404
            assert client.get("/credentials/status/1").status_code == 404
            assert client.get(f"/api/v1/credentials/{made['id']}/verification").json()["state"] == "self-asserted"
            assert (tmp_path / "home" / "keys" / "credential.json").stat().st_mode & 0o777 == 0o600
