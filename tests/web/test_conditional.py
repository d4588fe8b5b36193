"""What has not changed is not sent again, and nothing is overwritten unseen."""

import itertools
import re
from typing import Any

import httpx2
import pytest

from tests.serving import Server
from tests.web.test_api import add_note, word

PROBLEM = "application/problem+json"
READABLE = [
    *("learner", "roads", "roads/canonical", "skills", "skills/sql.joins", "skills/sql.joins/drills", "plan", "today"),
    *("drills/sql.joins/left-join-counts", "reviews", "evidence", "standings", "progress", "memory", "notes", "labs"),
    *("runs", "placement", "interviews", "plan/wishes"),
]


@pytest.mark.parametrize("path", READABLE)
def test_every_read_has_a_tag(client: httpx2.Client, path: str) -> None:
    first = client.get(f"/api/v1/{path}")
    tag = first.headers["etag"]
    assert re.fullmatch(r'"[\w-]{22}"', tag)
    assert first.headers["cache-control"] == "private, no-cache"
    for known in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        again = client.get(f"/api/v1/{path}", headers={"if-none-match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag), known
        assert "content-type" not in again.headers
    assert client.head(f"/api/v1/{path}", headers={"if-none-match": tag}).status_code == 304
    for other in ('"other"', tag.strip('"'), 'W/"other"', "", "\xff"):
        answer = client.get(f"/api/v1/{path}", headers={"if-none-match": other.encode("latin-1")})
        assert (answer.status_code, answer.content) == (200, first.content)


def test_errors_have_none(client: httpx2.Client) -> None:
    answer = client.get("/api/v1/notes/none", headers={"if-none-match": "*"})
    assert answer.status_code == 404
    assert "etag" not in answer.headers


def test_a_change_makes_another_tag(client: httpx2.Client) -> None:
    note = add_note(client, word())
    path = f"/api/v1/notes/{note['id']}"
    first = client.get(path)
    changed = client.patch(path, json={"text": "other"})
    second = client.get(path)
    assert len({first.headers["etag"], second.headers["etag"]}) == 2
    assert changed.headers["etag"] == second.headers["etag"]
    assert client.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 200


def test_what_was_made_comes_with_its_tag(client: httpx2.Client) -> None:
    made = client.post("/api/v1/notes", json={"kind": "skill", "ref": "sql.joins", "text": word()})
    assert client.get(made.headers["location"]).headers["etag"] == made.headers["etag"]


STALE = ['"other"', '"', "", 'W/"other"', '"a", "b"']


@pytest.mark.parametrize("stale", STALE)
def test_a_note_is_changed_only_as_it_was_seen(client: httpx2.Client, stale: str) -> None:
    note = add_note(client, word())
    path = f"/api/v1/notes/{note['id']}"
    tag = client.get(path).headers["etag"]
    writes: list[dict[str, Any]] = [{"method": "PATCH", "json": {"text": "unseen"}}, {"method": "DELETE"}]
    for write, given in itertools.product(writes, (stale, f"W/{tag}")):
        answer = client.request(url=path, headers={"if-match": given}, **write)
        assert (answer.status_code, answer.headers["content-type"]) == (412, PROBLEM), (write, given)
    assert client.get(path).json() == note
    edited = client.patch(path, json={"text": "seen"}, headers={"if-match": f'"x", {tag}'})
    assert edited.status_code == 200
    assert client.delete(path, headers={"if-match": tag}).status_code == 412
    assert client.delete(path, headers={"if-match": edited.headers["etag"]}).status_code == 204
    assert client.delete(path, headers={"if-match": "*"}).status_code == 404


def test_a_star_is_whatever_is_there(client: httpx2.Client) -> None:
    note = add_note(client, word())
    assert client.delete(f"/api/v1/notes/{note['id']}", headers={"if-match": "*"}).status_code == 204


def test_settings_are_changed_only_as_they_were_seen(settled: Server) -> None:
    with settled.client() as client:
        first = client.get("/api/v1/learner")
        own = ("id", "created_at", "calendar_token")
        kept = {name: value for name, value in first.json().items() if name not in own}
        refused = client.put("/api/v1/learner", json={**kept, "road": "canonical"}, headers={"if-match": '"other"'})
        assert refused.status_code == 412
        done = client.put("/api/v1/learner", json=kept, headers={"if-match": first.headers["etag"]})
        assert done.status_code == 200
        assert "etag" not in done.headers, "RFC 9110, 9.3.4: what is kept is not what was sent"
