"""One's own account, other people's, and who may touch which."""

import io
import json
import zipfile
from collections.abc import Iterator

import pytest

from tests.server_mode import PASSWORD, Hosted, hosting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("accounts")) as server:
        yield server


def test_sessions_are_listed_and_ended_one_by_one(own: Hosted) -> None:
    own.add("many")
    agent = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
    here = own.sign_in("many")
    there = own.sign_in("many", headers={"origin": own.url, "user-agent": agent})
    listed = here.get("/api/v1/account/sessions").json()["items"]
    assert [item["current"] for item in listed].count(True) == 1
    other = next(item for item in listed if not item["current"])
    assert (other["browser"], other["address"]) == ("Firefox on Linux", "127.0.0.1")
    assert "Firefox on Linux" in here.get("/security").text
    assert here.post(f"/security/sessions/{other['id']}/end").headers["location"] == "/security?ended#sessions"
    assert there.get("/api/v1/account").status_code == 401
    assert here.delete(f"/api/v1/account/sessions/{other['id']}").status_code == 404


def test_all_others_are_ended_at_once(own: Hosted) -> None:
    own.add("others")
    here, *rest = (own.sign_in("others") for _ in range(4))
    assert here.post("/security/sessions/others/end").status_code == 303
    assert here.get("/api/v1/account").status_code == 200
    assert {client.get("/api/v1/account").status_code for client in rest} == {401}


def test_nobody_ends_the_session_of_another(own: Hosted) -> None:
    alices = own.alice.client.get("/api/v1/account/sessions").json()["items"][0]["id"]
    for other in (own.bob, own.carol, own.dana):
        assert other.client.delete(f"/api/v1/account/sessions/{alices}").status_code == 404
        assert other.client.post(f"/security/sessions/{alices}/end").status_code == 404
    assert own.alice.client.get("/api/v1/account").status_code == 200


ADMINS_PAGES = ("/admin/people", "/admin/people/{id}", "/admin/audit")
ADMINS_FORMS = ("", "/{id}/role", "/{id}/close", "/{id}/reopen", "/{id}/sessions/end", "/{id}/second-step/off",
                "/{id}/delete")  # fmt: skip
ADMINS_REST = (
    ("GET", "/people"), ("POST", "/people"), ("GET", "/people/{id}"), ("PATCH", "/people/{id}"),
    ("DELETE", "/people/{id}"), ("DELETE", "/people/{id}/sessions"), ("DELETE", "/people/{id}/second-step"),
    ("GET", "/audit"),
)  # fmt: skip


def test_only_admins_reach_other_people(own: Hosted) -> None:
    victim = own.alice.id
    for member in (own.alice, own.bob, own.carol):
        for path in ADMINS_PAGES:
            assert member.client.get(path.format(id=victim)).status_code == 403, path
        for path in ADMINS_FORMS:
            answer = member.client.post("/admin/people" + path.format(id=victim), data={"role": "admin"})
            assert answer.status_code == 403, path
        for method, path in ADMINS_REST:
            answer = member.client.request(method, "/api/v1" + path.format(id=victim), json={"role": "admin"})
            assert answer.status_code == 403, path
    assert own.dana.client.get(f"/api/v1/people/{victim}").json()["role"] == "learner"


def test_nobody_gives_themselves_a_role(own: Hosted) -> None:
    answer = own.bob.client.patch("/api/v1/account", json={"name": "Bob", "role": "admin"})
    assert answer.status_code == 400
    assert own.bob.client.post("/security/name", data={"name": "Bob", "role": "admin"}).status_code == 303
    assert own.bob.client.get("/api/v1/account").json()["role"] == "learner"


def test_an_admin_finds_people_page_by_page(own: Hosted) -> None:
    for number in range(5):
        own.add(f"findable{number}")
    dana, found, cursor = own.dana.client, [], None
    while True:
        query = {"q": "FINDABLE", "limit": 2, **({"cursor": cursor} if cursor else {})}
        page = dana.get("/api/v1/people", params=query).json()
        found += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(found) == [f"Findable{number}" for number in range(5)], "each once"
    assert "findable3@example.org" in dana.get("/admin/people", params={"q": "findable3"}).text
    for odd in ("%", "_", "\0", "<script>", "'"):
        answer = dana.get("/admin/people", params={"q": odd})
        assert answer.status_code == 200
        assert odd == "\0" or "findable" not in answer.text, odd
        assert "<script>" not in answer.text
    assert dana.get("/api/v1/people", params={"cursor": "nonsense"}).status_code == 400
    assert dana.get("/admin/people", params={"role": "king"}).status_code == 400


def test_roles_are_given_and_take_effect_at_once(own: Hosted) -> None:
    person = own.add("riser")
    client = own.sign_in("riser")
    dana = own.dana.client
    assert client.get("/admin/people").status_code == 403
    assert dana.post(f"/admin/people/{person.id}/role", data={"role": "admin"}).status_code == 303
    assert client.get("/admin/people").status_code == 200
    assert dana.post(f"/admin/people/{person.id}/role", data={"role": "emperor"}).status_code == 400
    assert dana.patch(f"/api/v1/people/{person.id}", json={"role": "learner"}).json()["role"] == "learner"
    assert client.get("/admin/people").status_code == 403
    entries = dana.get("/api/v1/audit", params={"whose": person.id, "action": "role"}).json()["items"]
    assert [(entry["detail"]["to"], entry["actor"]) for entry in entries] == [
        ("learner", own.dana.id),
        ("admin", own.dana.id),
    ]


def test_closing_and_reopening(own: Hosted) -> None:
    person = own.add("shut")
    client = own.sign_in("shut")
    dana = own.dana.client
    assert dana.patch(f"/api/v1/people/{person.id}", json={"closed": True}).json()["disabled_at"]
    assert client.get("/api/v1/account").status_code == 401
    own.client().post("/reset", data={"email": "shut@example.org"})
    own.add("open")
    own.client().post("/reset", data={"email": "open@example.org"})
    assert own.mails_when("open@example.org", 1)
    assert own.mails("shut@example.org") == []
    assert dana.post(f"/admin/people/{person.id}/reopen").status_code == 303
    assert own.sign_in("shut")


def test_the_only_admin_stays(own: Hosted) -> None:
    dana = own.dana
    assert dana.client.patch(f"/api/v1/people/{dana.id}", json={"role": "learner"}).status_code == 409
    assert dana.client.post(f"/admin/people/{dana.id}/close").status_code == 409
    assert dana.client.post("/security/delete", data={"password": PASSWORD}).status_code == 409
    assert dana.client.get("/admin/people").status_code == 200


def test_ids_that_are_not_there(own: Hosted) -> None:
    for odd in ("nobody", "%00", "a%20b", "..%2f..", "%F0%9F%90%89"):
        assert own.dana.client.get(f"/api/v1/people/{odd}").status_code == 404
        assert own.dana.client.get(f"/admin/people/{odd}").status_code in (404, 405)


def test_history_tells_what_happened_and_to_nobody_else(own: Hosted) -> None:
    own.add("past")
    client = own.sign_in("past")
    own.client().post("/login", data={"email": "past@example.org", "password": "guess"})
    page = client.get("/security/history").text
    assert "A wrong password was given" in page
    assert "A session began" in page
    entries = client.get("/api/v1/account/audit", params={"limit": 1}).json()
    assert entries["items"][0]["action"] == "password.wrong"
    assert entries["next_cursor"]
    ids = {item["id"] for item in client.get("/api/v1/account/audit").json()["items"]}
    others = {item["id"] for item in own.alice.client.get("/api/v1/account/audit").json()["items"]}
    assert ids.isdisjoint(others)


def test_the_audit_log_is_read_page_by_page(own: Hosted) -> None:
    for number in range(4):
        own.add(f"page{number}")
        own.sign_in(f"page{number}")
    dana, seen, cursor = own.dana.client, [], None
    for _ in range(200):
        query = {"limit": 3, **({"cursor": cursor} if cursor else {})}
        page = dana.get("/api/v1/audit", params=query).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) > 7
    assert dana.get("/admin/audit", params={"action": "session"}).status_code == 200
    assert "role.changed" not in dana.get("/admin/audit", params={"action": "session"}).text.partition("<table")[2]


def test_the_export_holds_the_account_too(own: Hosted) -> None:
    file = zipfile.ZipFile(io.BytesIO(own.alice.client.get("/export").content))
    (account,) = json.loads(file.read("account.json"))
    assert (account["id"], account["email"]) == (own.alice.id, "alice@example.org")
    assert json.loads(file.read("sessions.json"))
    assert {entry["action"] for entry in json.loads(file.read("audit.json"))} >= {"person.added", "session.opened"}
    everything = b"".join(file.read(name) for name in file.namelist())
    assert b"argon2" not in everything
    assert own.bob.id.encode() not in everything
