"""Every address of cohorts, REST and pages, and who may use it: Alice owns, Bob is in her cohort, Carol instructs
another, Dan instructs hers, and the admin may everything."""

import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest
from litestar import Router
from litestar.routes import HTTPRoute

from backroad.accounts import actions as accounts
from backroad.cohorts import actions, decisions
from backroad.teaching import api, pages
from tests.cohorts.school import FACTS, NOW, School
from tests.cohorts.test_actions import CONTENT

INSTRUCTORS = {"dan", "admin"}
DEADLINE = "2027-02-01"


def everybody(school: School) -> dict[str, httpx2.Client]:
    who = {name: getattr(school, name).client for name in ("alice", "bob", "zoe", "dan", "carol", "admin")}
    return {**who, "nobody": school.server.client()}


# (method, path below /api/v1, body, who gets an answer that is no refusal). What is written is written as it was.
API: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/cohorts", None, {"alice", "bob", "zoe", "dan", "carol", "admin"}),
    ("GET", "/cohorts/{cohort}", None, {"alice", "bob", *INSTRUCTORS}),
    ("PATCH", "/cohorts/{cohort}", {"name": "Spring"}, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/instructors", None, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/instructors", {"email": "dan@example.org"}, INSTRUCTORS),
    ("DELETE", "/cohorts/{cohort}/instructors/nobody", None, set()),
    ("GET", "/cohorts/{cohort}/invitations", None, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/invitations", {"days": 1, "uses": 1}, INSTRUCTORS),
    ("DELETE", "/cohorts/{cohort}/invitations/none", None, set()),
    ("POST", "/cohorts/joined", {"token": "no such token"}, set()),
    ("DELETE", "/cohorts/joined/none", None, set()),
    ("GET", "/cohorts/{cohort}/learners", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/learners?stuck=true&behind=true&q=a&limit=1", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/standing", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/stuck", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/labs/shortener", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/assignments", None, {"alice", "bob", *INSTRUCTORS}),
    ("POST", "/cohorts/{cohort}/assignments", {"kind": "lab", "lab": "todo", "deadline": DEADLINE}, INSTRUCTORS),
    ("PATCH", "/cohorts/{cohort}/assignments/none", {"deadline": DEADLINE}, set()),
    ("DELETE", "/cohorts/{cohort}/assignments/none", None, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}", None, INSTRUCTORS),
    ("GET", "/cohorts/{other}/learners/{alice}", None, set()),
    ("DELETE", "/cohorts/{other}/learners/{alice}", None, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/evidence", None, INSTRUCTORS),
    ("GET", "/cohorts/{other}/learners/{alice}/evidence", None, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/runs", None, INSTRUCTORS),
    ("GET", "/cohorts/{other}/learners/{alice}/runs", None, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/runs/{run}", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/learners/{bob}/runs/{run}", None, set()),
    ("GET", "/cohorts/{other}/learners/{zoe}/runs/{run}", None, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/runs/{run}/comments", None, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/learners/{alice}/runs/{run}/comments", {"text": "Well"}, INSTRUCTORS),
    ("POST", "/cohorts/{other}/learners/{alice}/runs/{run}/comments", {"text": "Well"}, set()),
    ("DELETE", "/cohorts/{cohort}/learners/{alice}/runs/{run}/comments/none", None, set()),
    (
        "POST",
        "/cohorts/{cohort}/learners/{alice}/decisions",
        {"skill": "sql.joins", "outcome": "passed", "why": "Seen"},
        INSTRUCTORS,
    ),
    (
        "POST",
        "/cohorts/{other}/learners/{alice}/decisions",
        {"skill": "sql.joins", "outcome": "passed", "why": "x"},
        set(),
    ),
    ("POST", "/cohorts/{cohort}/learners/{alice}/decisions/none/revocation", {"skill": "sql.joins", "why": "x"}, set()),
    ("GET", "/runs/{run}/comments", None, {"alice"}),
]
PAGES: list[tuple[str, str, Any, set[str]]] = [
    ("GET", "/cohorts", None, {"alice", "bob", "zoe", "dan", "carol", "admin"}),
    ("GET", "/cohorts/{cohort}", None, {"alice", "bob", *INSTRUCTORS}),
    ("GET", "/cohorts/{cohort}?only=stuck&q=x", None, {"alice", "bob", *INSTRUCTORS}),
    ("GET", "/cohorts/{cohort}/standing", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/standing?area=sql", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/standing.csv", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/labs", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/labs/shortener", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/assignments", None, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/assignments", {"do": "remove", "id": "none"}, set()),
    ("GET", "/cohorts/{cohort}/settings", None, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/settings", {"do": "revoke", "id": "none"}, set()),
    ("POST", "/cohorts/{cohort}/settings", {"do": "add", "email": "dan@example.org"}, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/learners/{alice}", None, INSTRUCTORS),
    ("GET", "/cohorts/{other}/learners/{alice}", None, set()),
    ("POST", "/cohorts/{other}/learners/{alice}", {}, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/skills/sql.joins", None, INSTRUCTORS),
    ("GET", "/cohorts/{other}/learners/{alice}/skills/sql.joins", None, set()),
    ("POST", "/cohorts/{cohort}/learners/{alice}/skills/sql.joins", {"do": "passed", "why": "Seen"}, INSTRUCTORS),
    ("POST", "/cohorts/{other}/learners/{alice}/skills/sql.joins", {"do": "passed", "why": "Seen"}, set()),
    ("GET", "/cohorts/{cohort}/learners/{alice}/runs/{run}", None, INSTRUCTORS),
    ("GET", "/cohorts/{cohort}/learners/{bob}/runs/{run}", None, set()),
    ("POST", "/cohorts/{cohort}/learners/{alice}/runs/{run}", {"text": "Well", "check": ""}, INSTRUCTORS),
    ("POST", "/cohorts/{cohort}/learners/{bob}/runs/{run}", {"text": "Well", "check": ""}, set()),
    ("POST", "/cohorts/none/leave", {}, set()),
    ("POST", "/join/none", {}, set()),
]


def named(school: School, path: str) -> str:
    people = {name: getattr(school, name).id for name in ("alice", "bob", "zoe")}
    return path.format(cohort=school.spring.id, other=school.other.id, run=school.run.id, **people)


@pytest.mark.parametrize(("method", "path", "body", "allowed"), API)
def test_who_may_what_over_rest(school: School, method: str, path: str, body: Any, allowed: set[str]) -> None:
    for name, client in everybody(school).items():
        answer = client.request(method, f"/api/v1{named(school, path)}", json=body)
        if name in allowed:
            assert answer.status_code in (200, 201, 204), (name, answer.text)
            continue
        refusals = {401} if name == "nobody" else {403, 404}
        assert answer.status_code in refusals, (name, answer.status_code, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        for secret in ("Alice", "Spring", "7Q2F"):
            assert secret not in answer.text, name


@pytest.mark.parametrize(("method", "path", "body", "allowed"), PAGES)
def test_who_may_what_on_pages(school: School, method: str, path: str, body: Any, allowed: set[str]) -> None:
    for name, client in everybody(school).items():
        answer = client.request(method, named(school, path), data=body)
        if name in allowed:
            assert answer.status_code in (200, 303), (name, answer.text)
            continue
        to_sign_in = answer.status_code == 303 and answer.headers.get("location", "").startswith("/login")
        assert to_sign_in or answer.status_code in (401, 403, 404), (name, answer.status_code, answer.text)
        assert "Spring" not in answer.text, name


def test_forbidden_looks_like_not_there(school: School) -> None:
    for path in ("/cohorts/{}", "/cohorts/{}/learners", "/cohorts/{}/assignments"):
        mine = school.carol.client.get(f"/api/v1{path.format(school.spring.id)}")
        nowhere = school.carol.client.get(f"/api/v1{path.format('0' * 28)}")
        assert (mine.status_code, mine.json()) == (nowhere.status_code, nowhere.json())


def _addresses(router: Router) -> set[tuple[str, str]]:
    routes = [route for route in router.routes if isinstance(route, HTTPRoute)]
    return {
        (method, re.sub(r"{\w+:\w+}", "*", route.path)) for route in routes for method in route.methods - {"OPTIONS"}
    }


def test_no_address_is_left_out_above(school: School) -> None:
    """Those that need a cohort of their own are tried in the way of an instructor and a learner."""

    def tried(rows: list[tuple[str, str, Any, set[str]]]) -> set[tuple[str, str]]:
        plain = {(method, path.split("?")[0]) for method, path, _, _ in rows}
        known = "cohort|other|alice|bob|zoe|run"
        return {
            (method, re.sub(r"/(none|nobody|shortener|sql\.joins)(?=/|$)", "/*", re.sub(f"{{({known})}}", "*", path)))
            for method, path in plain
        }

    own = {("POST", "/cohorts"), ("DELETE", "/cohorts/*/learners/*"), ("POST", "/cohorts/*/learners/*")}
    left = {("POST", "/cohorts/*/leave"), ("GET", "/join/*")}
    assert _addresses(api.ROUTER) - tried(API) - own == set()
    assert _addresses(Router("", route_handlers=pages.ROUTES)) - tried(PAGES) - own - left == set()


@pytest.fixture
def joined(school: School) -> Iterator[tuple[School, str]]:
    """Zoe may join Dan's cohort by a link, and is out of it afterwards."""
    made = school.dan.client.post(f"/api/v1{school.path}/invitations", json={"days": 2, "uses": 5})
    assert made.status_code == 201
    assert made.headers["cache-control"] == "no-store", "an Idempotency-Key keeps no copy of it"
    yield school, made.json()["link"]
    school.zoe.client.delete(f"/api/v1/cohorts/joined/{school.spring.id}")


def test_a_learner_joins_by_the_link_and_leaves(joined: tuple[School, str]) -> None:
    school, link = joined
    assert link.startswith(school.server.url)
    path = link.removeprefix(school.server.url)
    stranger = school.server.client().get(path)
    assert stranger.status_code == 200
    assert "/sign-up?pass=" in stranger.text
    assert "Spring" in school.zoe.client.get(path).text
    answer = school.zoe.client.post(path, data={"follow": "yes"})
    assert (answer.status_code, answer.headers["location"]) == (303, school.path)
    page = school.zoe.client.get(school.path).text
    assert "Dan instructs this cohort" in page
    for other in ("Alice", "Bob"):
        assert other not in page, "learners see nothing of one another"
    names = [row["name"] for row in school.dan.client.get(f"/api/v1{school.path}/learners").json()["items"]]
    assert names == ["Alice", "Bob", "Zoe"]
    assert school.zoe.client.post(f"{school.path}/leave").status_code == 303
    assert school.zoe.client.get(school.path).status_code == 404
    assert school.dan.client.get(f"/api/v1{school.path}/learners/{school.zoe.id}").status_code == 404


def test_an_instructor_makes_a_cohort_and_archives_it(school: School) -> None:
    dan, alice = school.dan.client, school.alice.client
    given = {"name": "Summer", "start": "2027-01-01", "end": "2027-06-30"}
    assert alice.post("/api/v1/cohorts", json=given).status_code == 403
    for wrong in (
        {**given, "end": "2026-01-01"},
        {**given, "road": "nowhere"},
        {**given, "name": " "},
        {**given, "x": 1},
    ):
        assert dan.post("/api/v1/cohorts", json=wrong).status_code in (400, 422)
    made = dan.post("/api/v1/cohorts", json=given)
    assert made.status_code == 201
    path = made.headers["location"]
    entry = dan.get(path)
    assert entry.json()["instructors"] == ["Dan"]
    stale = dan.patch(path, json={"name": "Other"}, headers={"if-match": '"old"'})
    assert stale.status_code == 412
    fresh = dan.patch(path, json={"archived": True}, headers={"if-match": entry.headers["etag"]})
    assert (fresh.status_code, fresh.json()["archived_at"] is None) == (200, False)
    assert dan.patch(path, json={"name": "Other"}).status_code == 409
    assert made.json()["id"] in {one["id"] for one in dan.get("/api/v1/cohorts?archived=true").json()["items"]}
    form = dan.post("/cohorts", data={"name": "", "road": "canonical", "start": "x", "end": ""})
    assert form.status_code == 422
    assert "is not a date" in form.text
    first = school.admin.client.get("/api/v1/cohorts?limit=1").json()
    second = school.admin.client.get(f"/api/v1/cohorts?limit=1&cursor={first['next_cursor']}").json()
    assert first["items"][0]["id"] != second["items"][0]["id"]


def test_an_assignment_enters_plan_and_calendar(school: School) -> None:
    given = {"kind": "stage", "lab": "shortener", "stage": 1, "deadline": "2027-01-05", "title": "First stage"}
    made = school.dan.client.post(f"/api/v1{school.path}/assignments", json=given)
    assert made.status_code == 201, made.text
    assigned = made.json()["id"]
    try:
        plan = school.bob.client.get("/api/v1/plan").json()
        (day,) = [day for day in plan["days"] if any(due["id"] == assigned for due in day["due"])]
        assert day["date"] == "2027-01-05"
        said = [warning["text"] for warning in plan["warnings"] if warning["kind"] == "due"]
        assert any(text.startswith("First stage (Spring) is due on Tue 5 Jan and cannot") for text in said)
        assert "First stage" in school.bob.client.get("/").text
        assert "First stage" in school.bob.client.get("/plan").text
        token = school.db.run_now(lambda tx: accounts.the_learner(tx, school.bob.id)).calendar_token

        def event() -> str:
            text = school.bob.client.get(f"/calendar/{token}.ics").text.replace("\r\n ", "")
            (part,) = [part for part in text.split("BEGIN:VEVENT") if "SUMMARY:Due: First stage" in part]
            return part

        before = event()
        assert "DTSTART;VALUE=DATE:20270105" in before
        moved = {"deadline": "2027-01-20"}
        answer = school.dan.client.patch(f"/api/v1{school.path}/assignments/{assigned}", json=moved)
        assert answer.status_code == 200
        after = event()
        assert "DTSTART;VALUE=DATE:20270120" in after
        uid = re.compile(r"UID:\S+")
        assert uid.findall(before) == uid.findall(after)
        mine = school.bob.client.get(f"/api/v1{school.path}/assignments").json()
        assert [one["done"] for one in mine if one["id"] == assigned] == [0]
    finally:
        gone = school.dan.client.delete(f"/api/v1{school.path}/assignments/{assigned}")
    assert gone.status_code == 204
    days = school.bob.client.get("/api/v1/plan").json()["days"]
    assert not any(due["id"] == assigned for day in days for due in day["due"])


def test_a_comment_is_told_on_today_and_stands_at_the_run(school: School) -> None:
    path = f"{school.path}/learners/{school.alice.id}/runs/{school.run.id}"
    hostile = "<script>alert(1)</script> [x](javascript:alert(1)) **sound**"
    answer = school.dan.client.post(path, data={"check": "races.one_owner", "text": hostile})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith("#races.one_owner")
    assert f"/runs/{school.run.id}#comments" in school.alice.client.get("/").text
    page = school.alice.client.get(f"/runs/{school.run.id}").text
    assert "<strong>sound</strong>" in page
    assert "<script>alert" not in page
    assert 'href="javascript:' not in page
    assert f"/runs/{school.run.id}#comments" not in school.alice.client.get("/").text
    assert school.bob.client.get(f"/runs/{school.run.id}").status_code == 404
    wrong = school.dan.client.post(f"/api/v1{path}/comments", json={"text": "x", "check": "no.such"})
    assert wrong.status_code == 422
    mine = [one for one in school.dan.client.get(f"/api/v1{path}/comments").json() if "sound" in one["text"]]
    address = f"/api/v1{path}/comments/{mine[0]['id']}"
    assert school.carol.client.delete(address).status_code == 404
    assert school.dan.client.delete(address).status_code == 204
    assert "sound" not in school.alice.client.get(f"/runs/{school.run.id}").text


def test_a_decision_shows_on_the_learners_skill_and_can_be_taken_back(school: School) -> None:
    path = f"/api/v1{school.path}/learners/{school.bob.id}"
    given = {"skill": "sql.indexes", "outcome": "passed", "why": "Explained <b>ETags</b> to me"}
    made = school.dan.client.post(f"{path}/decisions", json=given)
    assert made.status_code == 201, made.text
    page = school.bob.client.get(f"/skills/{given['skill']}").text
    assert "by Dan, instructor" in page
    assert "<b>ETags</b>" not in page
    back = {"skill": given["skill"], "why": "Not so"}
    assert school.dan.client.post(f"{path}/decisions/{made.json()['id']}/revocation", json=back).status_code == 201
    assert school.dan.client.post(f"{path}/decisions/{made.json()['id']}/revocation", json=back).status_code == 409
    lines = school.dan.client.get(f"{path}/evidence?skill={given['skill']}").json()["items"]
    assert [(line["provenance"], bool(line["revokes"])) for line in lines] == [
        ("instructor", True),
        ("instructor", False),
    ]


def test_an_instructor_reads_no_notes(school: School) -> None:
    written = school.alice.client.post(
        "/api/v1/notes", json={"kind": "skill", "ref": "sql.joins", "text": "a zebra in secret"}
    )
    assert written.status_code == 201
    base = f"{school.path}/learners/{school.alice.id}"
    for path in (base, f"{base}/skills/sql.joins", f"{base}/runs/{school.run.id}", f"{school.path}/standing.csv"):
        assert "zebra" not in school.dan.client.get(path).text
    for path in (base, f"{base}/evidence", f"{base}/runs"):
        assert "zebra" not in school.dan.client.get(f"/api/v1{path}").text


def test_a_decision_of_another_cohort_stays(school: School) -> None:
    """Zoe's, made in Carol's cohort, is not for Dan to take back."""
    with pytest.raises(Exception, match="no such learner"):
        school.db.run_now(
            lambda tx: decisions.decide(
                tx, school.dan.person, school.spring.id, school.zoe.id, CONTENT,
                skill="sql.joins", outcome="passed", why="x", now=NOW, facts=FACTS,
            )
        )  # fmt: skip
    assert school.db.run_now(lambda tx: actions.seen(tx, school.zoe.person, school.other.id))[1] is False


def test_the_file_names_no_learner_and_is_csv(school: School) -> None:
    answer = school.dan.client.get(f"{school.path}/standing.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = answer.content.decode("utf-8-sig").split("\r\n")
    assert [row.split(",")[1] for row in rows[1:3]] == ["Alice", "Bob"]
    assert school.dan.client.get(f"{school.path}?after=%00x").status_code == 400
    assert school.dan.client.get(f"/api/v1{school.path}/learners?cursor=zzz").status_code == 400
