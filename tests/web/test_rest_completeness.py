"""What the pages can do, programs can do too."""

import io
import re
import zipfile
from datetime import date, timedelta
from pathlib import Path

import httpx2
import pytest

from tests.serving import serving
from tests.web.test_api import DAY, PROBLEM, add_note, pages_of, word


def test_evidence_can_be_chosen(client: httpx2.Client) -> None:
    for drill, answer in (("sql.select/no-such", {}), ("sql.joins/left-join-counts", {"text": "no"})):
        client.post(f"/api/v1/drills/{drill}/answers", json={"answer": answer})
    every = client.get("/api/v1/evidence", params={"limit": 100}).json()["items"]
    for name in ("skill", "source", "outcome"):
        for value in {item[name] for item in every if item[name]}:
            found = client.get("/api/v1/evidence", params={"limit": 100, name: value}).json()["items"]
            assert found == [item for item in every if item[name] == value]
    assert client.get("/api/v1/evidence", params={"skill": "no.such"}).json()["items"] == []
    assert client.get("/api/v1/evidence", params={"outcome": "won"}).status_code == 400


def test_notes_can_be_chosen(client: httpx2.Client) -> None:
    on_skill = add_note(client, word(), kind="skill", ref="sql.joins")
    on_day = add_note(client, word(), kind="day", ref="2027-02-03")
    days = client.get("/api/v1/notes", params={"kind": "day", "ref": "2027-02-03"}).json()["items"]
    assert [note["id"] for note in days] == [on_day["id"]]
    skills = client.get("/api/v1/notes", params={"kind": "skill", "limit": 100}).json()["items"]
    assert on_skill["id"] in [note["id"] for note in skills]
    assert {note["kind"] for note in skills} == {"skill"}
    assert client.get("/api/v1/notes", params={"kind": "moon"}).status_code == 400


def test_the_days_of_the_plan_come_in_pages(client: httpx2.Client) -> None:
    plan = client.get("/api/v1/plan").json()["days"]
    for limit in (7, 100):
        assert [day for page in pages_of(client, "/api/v1/plan/days", limit) for day in page] == plan
    later = (date.fromisoformat(DAY) + timedelta(days=10)).isoformat()
    from_then = client.get("/api/v1/plan/days", params={"since": later, "limit": 3}).json()["items"]
    assert from_then == [day for day in plan if day["date"] >= later][:3]
    for wrong in ("x", "ZGF5IHg", "bmFtZSAyMDI3LTAxLTA0"):
        assert client.get("/api/v1/plan/days", params={"cursor": wrong}).status_code == 400


def test_where_a_session_can_stand(client: httpx2.Client) -> None:
    days = client.get("/api/v1/plan").json()["days"]
    session = next(s for day in days for s in day["sessions"] if s["kind"] == "learn" and not s["done"])
    name = f"learn:{session['ref']}"
    choices = client.get(f"/api/v1/plan/sessions/{name}/days").json()
    assert any(not choice["why_not"] for choice in choices)
    taken = next(choice["day"] for choice in choices if not choice["why_not"])
    assert client.put(f"/api/v1/plan/wishes/{name}", json={"day": taken}).status_code == 200
    assert "changes" in client.get("/api/v1/plan/changes").json()
    assert client.delete(f"/api/v1/plan/wishes/{name}").status_code == 200
    assert client.get("/api/v1/plan/sessions/learn:none/days").status_code == 404


def test_reviews_to_come(client: httpx2.Client) -> None:
    forecast = client.get("/api/v1/reviews/forecast", params={"days": 366}).json()
    assert all(coming["reviews"] > 0 for coming in forecast["days"])
    assert client.get("/api/v1/reviews/forecast", params={"days": 0}).status_code == 400


def test_one_lab(client: httpx2.Client) -> None:
    lab = client.get("/api/v1/labs/shortener").json()
    listed = next(one for one in client.get("/api/v1/labs").json() if one["slug"] == "shortener")
    assert [stage["title"] for stage in lab["stages"]] == listed["stages"]
    assert sum(len(stage["checks"]) for stage in lab["stages"]) == listed["checks"]
    assert "openapi" in lab["contract"]
    assert "python" in lab["languages"]
    assert {check["verdict"] for stage in lab["stages"] for check in stage["checks"]} <= {None, "passed", "failed"}
    assert client.get("/api/v1/labs/none").status_code == 404
    assert client.get("/api/v1/runs", params={"state": "finished"}).status_code == 200
    assert client.get("/api/v1/runs", params={"state": "lost"}).status_code == 400


def test_reading_a_lesson(client: httpx2.Client) -> None:
    path = "/api/v1/skills/sql.select/readings"
    assert client.post(path, json={"seconds": 60, "id": "once"}).json() == {"skill": "sql.select", "seconds": 60}
    before = client.get("/api/v1/progress").json()["seconds"][DAY]
    client.post(path, json={"seconds": 60, "id": "once"})
    assert client.get("/api/v1/progress").json()["seconds"][DAY] == before
    most = client.get("/api/v1/skills/sql.select").json()["minutes"] * 60
    assert client.post(path, json={"seconds": 86_400}).json()["seconds"] == most
    for wrong in ({"seconds": -1}, {"seconds": 86_401}, {"id": "x" * 41}, {"more": 1}):
        answer = client.post(path, json=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert client.post("/api/v1/skills/none/readings", json={}).status_code == 404


@pytest.mark.slow
def test_a_new_address_for_the_calendar(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server, server.client() as client:
        server.settle()
        old = client.get("/api/v1/learner").json()["calendar_token"]
        new = client.post("/api/v1/learner/calendar-token").json()["calendar_token"]
        assert re.fullmatch(r"[\w-]{20,64}", new)
        assert client.get(f"/calendar/{old}.ics").status_code == 404
        assert client.get(f"/calendar/{new}.ics").status_code == 200


@pytest.mark.slow
def test_an_own_road_from_fork_to_change(tmp_path: Path) -> None:
    with serving(tmp_path / "home") as server, server.client() as client:
        server.settle()
        assert client.get("/api/v1/own-roads").json() == []
        skills = client.get("/api/v1/roads/canonical").json()["steps"][0]["skills"]
        made = client.post("/api/v1/own-roads", json={"road": "canonical", "name": "My team", "skills": skills[:2]})
        assert (made.status_code, made.headers["location"]) == (201, "/api/v1/own-roads/my-team")
        assert made.json()["steps"][0]["skills"] == skills[:2]
        assert client.get("/api/v1/own-roads/my-team").json() == made.json()
        assert client.get("/api/v1/roads/my-team").status_code == 200
        path = "/api/v1/own-roads/my-team/skills"
        moved = client.post(f"{path}/{skills[0]}/moves", json={"direction": "down"}).json()
        assert moved["steps"][0]["skills"] == [skills[1], skills[0]]
        added = client.post(path, json={"skill": "sql.joins", "after": skills[1]}).json()
        assert added["steps"][0]["skills"] == [skills[1], "sql.joins", skills[0]]
        step = client.post(path, json={"skill": "sql.select", "step": "More"}).json()
        assert step["steps"][-1] == {"title": "More", "skills": ["sql.select"], "labs": []}
        removed = client.delete(f"{path}/sql.joins").json()
        assert "sql.joins" not in removed["steps"][0]["skills"]
        assert client.delete(f"{path}/sql.joins").status_code in (404, 409)
        assert client.post(path, json={"skill": "sql.select"}).status_code == 409
        assert client.post(path, json={"skill": "no.such"}).status_code == 404
        again = client.post("/api/v1/own-roads", json={"road": "canonical", "name": "My team"})
        assert (again.status_code, again.headers["content-type"]) == (409, PROBLEM)
        assert client.get("/api/v1/own-roads/canonical").status_code == 404
        assert client.post("/api/v1/own-roads/canonical/skills", json={"skill": "sql.joins"}).status_code == 409
        assert [road["id"] for road in client.get("/api/v1/own-roads").json()] == ["my-team"]


def test_files_to_take_away(client: httpx2.Client) -> None:
    add_note(client, word())
    whole = client.get("/api/v1/export")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "application/zip")
    with zipfile.ZipFile(io.BytesIO(whole.content)) as archive:
        assert any(name.startswith("notes/") for name in archive.namelist())
    taken_in = client.post("/api/v1/import", content=whole.content, headers={"content-type": "application/zip"})
    assert taken_in.json()["added"]["notes"] == 0, "all of it is here already"
    cards = client.get("/api/v1/export/anki", params={"skills": "all"})
    assert zipfile.is_zipfile(io.BytesIO(cards.content))
    assert client.get("/api/v1/export/anki", params={"skills": "some"}).status_code == 400
