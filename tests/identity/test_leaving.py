"""Deleting an account: nothing of its person is left in any table, and nothing of others is gone."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import MetaData, select

from tests.server_mode import PASSWORD, Hosted, Member, hosting

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("leaving")) as server:
        yield server


def mentioned(server: Hosted, word: str) -> dict[str, list[Any]]:
    """Table -> rows that hold the word, in every table that the database has."""

    def look(tx: Any) -> dict[str, list[Any]]:
        found = MetaData()
        found.reflect(tx)
        rows = {name: [tuple(row) for row in tx.execute(select(table))] for name, table in found.tables.items()}
        return {name: held for name, all_ in rows.items() if (held := [row for row in all_ if word in repr(row)])}

    return server.db.run_now(look)


def live(server: Hosted, member: Member) -> None:
    """Something in as many tables as a learner fills."""
    client = member.client
    note = {"kind": "skill", "ref": "sql.joins", "text": f"written by {member.person.name}"}
    assert client.post("/api/v1/notes", json=note).status_code == 201
    answer = client.post("/api/v1/drills/sql.joins/left-join-counts/answers", json={"answer": {"text": "x"}})
    assert answer.status_code == 201, answer.text
    assert client.get("/").status_code == 200
    assert client.post("/placement").status_code == 303
    assert client.post("/api/v1/interviews", json={"level": "middle", "minutes": 20}).status_code in (200, 201)
    headers = {"idempotency-key": f"key-of-{member.person.name}"}
    assert client.post("/api/v1/notes", json=note, headers=headers).status_code == 201
    token = {"name": "laptop", "scopes": ["read"]}
    assert client.post("/api/v1/tokens", json=token).status_code == 201
    assert client.post("/reset", data={"email": member.person.email}).status_code == 200
    server.link(member.person.email, "/reset")


def test_nothing_is_left(own: Hosted) -> None:
    leaver, stayer = own.member("leaver"), own.member("stayer")
    live(own, leaver)
    live(own, stayer)
    before = mentioned(own, leaver.id)
    assert {"person", "session", "mailed", "audit", "evidence", "note", "learner", "placement", "interview"} <= {
        *before
    }
    kept = mentioned(own, stayer.id)
    wrong = leaver.client.post("/security/delete", data={"password": "not it"})
    assert wrong.status_code == 403
    assert leaver.client.get("/api/v1/account").status_code == 200
    done = leaver.client.post("/security/delete", data={"password": PASSWORD})
    assert done.headers["location"] == "/login?deleted"
    left = mentioned(own, leaver.id)
    assert {*left} == {"audit"}
    ((*_, action, _detail, _address),) = left["audit"]
    assert action == "person.deleted"
    assert mentioned(own, "leaver@example.org") == mentioned(own, "written by Leaver") == {}
    assert mentioned(own, stayer.id) == kept
    assert leaver.client.get("/api/v1/account").status_code == 401
    assert own.mail("leaver@example.org", "Your account was deleted")
    assert own.client().post("/login", data={"email": "leaver@example.org", "password": PASSWORD}).status_code == 401


def test_an_admin_deletes_somebody(own: Hosted) -> None:
    gone = own.member("gone")
    live(own, gone)
    assert own.dana.client.post(f"/admin/people/{own.dana.id}/delete").status_code == 400
    assert own.dana.client.delete(f"/api/v1/people/{gone.id}").status_code == 204
    assert {*mentioned(own, gone.id)} == {"audit"}
    assert own.dana.client.get(f"/api/v1/people/{gone.id}").status_code == 404


def test_over_rest_too(own: Hosted) -> None:
    member = own.member("rester")
    assert member.client.post("/api/v1/account/deletion", json={"password": "no"}).status_code == 403
    assert member.client.post("/api/v1/account/deletion", json={"password": PASSWORD}).status_code == 204
    assert {*mentioned(own, member.id)} == {"audit"}
