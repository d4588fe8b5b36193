"""GraphQL as clients send it."""

import hashlib
import json
from typing import Any

import httpx2
import pytest

from tests.serving import Server, serving
from tests.web.test_api import DAY, add_note, word

PATH = "/api/graphql"
PROBLEM = "application/problem+json"


def asked(client: httpx2.Client, query: str, **variables: object) -> dict[str, Any]:
    answer = client.post(PATH, json={"query": query, "variables": variables})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json"), answer.text
    body: dict[str, Any] = answer.json()
    return body


def data(client: httpx2.Client, query: str, **variables: object) -> Any:
    body = asked(client, query, **variables)
    assert "errors" not in body, body
    return body["data"]


def code(client: httpx2.Client, query: str, **variables: object) -> str:
    errors = asked(client, query, **variables)["errors"]
    assert "Traceback" not in json.dumps(errors)
    found: str = errors[0]["extensions"]["code"]
    return found


def test_it_says_what_rest_says(client: httpx2.Client) -> None:
    learner = client.get("/api/v1/learner").json()
    assert data(client, "{learner{road language minutes start daysOff deadline}}")["learner"] == {
        "road": learner["road"],
        "language": learner["language"].upper(),
        "minutes": learner["minutes"],
        "start": learner["start"],
        "daysOff": learner["days_off"],
        "deadline": learner["deadline"],
    }
    today = client.get("/api/v1/today").json()
    own = data(client, "{today{date available sessions{kind ref minutes done}}}")["today"]
    assert own["date"] == today["date"] == DAY
    assert [one["ref"] for one in own["sessions"]] == [one["ref"] for one in today["sessions"]]
    skill = client.get("/api/v1/skills/sql.joins").json()
    found = data(client, '{skill(id: "sql.joins"){title claim lesson requires{id} unlocks{id} level drills{id}}}')[
        "skill"
    ]
    assert (found["title"], found["claim"], found["lesson"]) == (
        skill["title"],
        skill["claim"],
        skill["lesson_markdown"],
    )
    assert [one["id"] for one in found["requires"]] == skill["requires"]
    assert [one["id"] for one in found["unlocks"]] == skill["unlocks"]
    drills = client.get("/api/v1/skills/sql.joins/drills").json()
    assert [one["id"] for one in found["drills"]] == [one["id"] for one in drills]
    labs = client.get("/api/v1/labs").json()
    assert [one["slug"] for one in data(client, "{labs{slug stages{title}}}")["labs"]] == [one["slug"] for one in labs]


def test_a_road_with_its_skills(client: httpx2.Client) -> None:
    road = data(client, "{road{id steps{title skills{id level} labs{slug} topics{title}}}}")["road"]
    assert road["id"] == "canonical"
    assert {skill["level"] for step in road["steps"] for skill in step["skills"]} <= {"NEW", "LEARNING", "PRACTISED"}
    assert data(client, "{roads{id}}")["roads"][0] == {"id": "canonical"}


def test_a_note_from_first_to_last(client: httpx2.Client) -> None:
    add = 'mutation($text: String!){addNote(kind: SKILL, ref: "sql.joins", text: $text){id text html title etag}}'
    text = f"**{word()}**"
    made = data(client, add, text=text)["addNote"]
    assert made["text"] == text
    assert "<strong>" in made["html"]
    assert client.get(f"/api/v1/notes/{made['id']}").headers["etag"] == made["etag"]
    found = data(client, '{skill(id: "sql.joins"){notes(first: 100){id}}}')["skill"]["notes"]
    assert made["id"] in [one["id"] for one in found]
    change = 'mutation($id: ID!, $is: String){changeNote(id: $id, text: "other", ifMatch: $is){text etag}}'
    assert code(client, change, id=made["id"], **{"is": '"old"'}) == "STALE"
    changed = data(client, change, id=made["id"], **{"is": made["etag"]})["changeNote"]
    assert changed["text"] == "other"
    remove = "mutation($id: ID!, $is: String){removeNote(id: $id, ifMatch: $is)}"
    assert code(client, remove, id=made["id"], **{"is": made["etag"]}) == "STALE"
    assert data(client, remove, id=made["id"])["removeNote"] == made["id"]
    assert code(client, remove, id=made["id"]) == "NOT_FOUND"
    assert code(client, add, text=" ") == "UNPROCESSABLE"


def test_paging_shows_everything_once(client: httpx2.Client) -> None:
    own = word()
    made = [add_note(client, f"{own} {number}")["id"] for number in range(5)]
    query = (
        "query($after: String, $words: String!){notes(first: 2, after: $after, words: $words){items{id} nextCursor}}"
    )
    for words in (own, ""):
        seen: list[str] = []
        after = None
        for _ in range(1000):
            page = data(client, query, after=after, words=words)["notes"]
            seen += [one["id"] for one in page["items"]]
            after = page["nextCursor"]
            if after is None:
                break
        assert len(seen) == len(set(seen))
        assert set(made) <= set(seen)
    assert code(client, query, after="x", words="") == "BAD_INPUT"
    assert code(client, "{notes(first: 101){items{id}}}") == "BAD_INPUT"
    assert code(client, "{notes(first: 0){items{id}}}") == "BAD_INPUT"
    skills = data(client, "{skills(first: 100){items{id} nextCursor}}")["skills"]
    more = data(client, "query($a: String){skills(first: 100, after: $a){items{id}}}", a=skills["nextCursor"])["skills"]
    assert len(skills["items"]) + len(more["items"]) == len(client.get("/api/v1/skills").json())


def test_an_answer_becomes_evidence(client: httpx2.Client) -> None:
    drill = data(client, '{drill(id: "sql.joins/left-join-counts"){kind seconds outcome asked{prompt choices{key}}}}')
    assert drill["drill"]["asked"]["prompt"]
    answer = (
        'mutation($a: JSON!){answerDrill(drill: "sql.joins/left-join-counts", answer: $a, id: "graphql-1")'
        "{outcome score right feedback{ok why}}}"
    )
    shown = client.get("/api/v1/drills/sql.joins/left-join-counts").json()
    given: object = {"text": "no"} if not shown["choices"] else shown["choices"][0]["key"]
    result = data(client, answer, a=given)["answerDrill"]
    assert result["outcome"] in ("PASSED", "FAILED")
    data(client, answer, a=given)
    ledger = data(client, '{evidence(skill: "sql.joins", first: 100){items{id source outcome}}}')["evidence"]["items"]
    assert [one["outcome"] for one in ledger if one["id"] == "graphql-1"] == [result["outcome"]], "once"
    again = data(client, '{skill(id: "sql.joins"){standing{answered} evidence{id} drills{id outcome} because}}')[
        "skill"
    ]
    assert again["standing"]["answered"] >= 1
    assert {one["id"]: one["outcome"] for one in again["drills"]}["sql.joins/left-join-counts"] == result["outcome"]
    assert code(client, answer.replace("left-join-counts", "none"), a={}) == "NOT_FOUND"
    assert code(client, answer, a=[[[]]]) == "BAD_INPUT"


def test_reading_is_logged(client: httpx2.Client) -> None:
    log = 'mutation($s: Float!){logReading(skill: "sql.select", seconds: $s){readAt}}'
    assert data(client, log, s=60.0)["logReading"]["readAt"].startswith(DAY)
    for wrong in (-1.0, 1e9):
        assert code(client, log, s=wrong) == "BAD_INPUT"


def test_settings_and_moves(tmp_path: Any) -> None:
    with serving(tmp_path / "home") as server, server.client() as client:
        assert code(client, "{learner{road}}") == "CONFLICT"
        settled = data(
            client, 'mutation{settle(settings: {language: GO, deadline: "2027-12-31"}){language road deadline}}'
        )
        assert settled["settle"] == {"language": "GO", "road": "canonical", "deadline": "2027-12-31"}
        changed = data(client, "mutation{settle(settings: {retention: 85}){language retention deadline}}")["settle"]
        assert changed == {"language": "GO", "retention": 85, "deadline": "2027-12-31"}
        assert data(client, "mutation{settle(settings: {deadline: null}){deadline}}")["settle"] == {"deadline": None}
        assert code(client, "mutation{settle(settings: {minutes: [1]}){road}}") == "BAD_INPUT"
        plan = data(client, "{plan{end days(first: 30){date sessions{key kind wished}}}}")["plan"]
        key = next(s["key"] for day in plan["days"] for s in day["sessions"] if s["kind"] == "LEARN")
        later = plan["days"][3]["date"]
        move = "mutation($s: ID!, $d: Date!){moveSession(session: $s, day: $d){days{date sessions{key wished}}}}"
        moved = data(client, move, s=key, d=later)["moveSession"]
        assert any(s["wished"] for day in moved["days"] for s in day["sessions"])
        undo = "mutation($s: ID!){unmoveSession(session: $s){days{sessions{wished}}}}"
        assert not any(
            s["wished"] for day in data(client, undo, s=key)["unmoveSession"]["days"] for s in day["sessions"]
        )
        assert code(client, undo, s=key) == "CONFLICT"
        assert code(client, move, s=key, d="2020-01-01") == "CONFLICT"
        assert code(client, "mutation{takeOffer(kind: LATER_END){end}}") == "CONFLICT"


def test_get_reads(client: httpx2.Client) -> None:
    answer = client.get(
        PATH, params={"query": "query A($f: Int!){skills(first: $f){items{id}}}", "variables": '{"f": 2}'}
    )
    assert len(answer.json()["data"]["skills"]["items"]) == 2
    refused = client.get(PATH, params={"query": 'mutation{removeNote(id: "x")}'})
    assert (refused.status_code, refused.headers["content-type"]) == (405, PROBLEM)
    for wrong in ({}, {"query": "{roads{id}}", "variables": "{"}, {"query": "{roads{id}}", "variables": "[]"}):
        answer = client.get(PATH, params=wrong)
        assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM), wrong


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b'{"query": "{roads{id}}"}', "text/plain", 415),
        (b'{"query": "{roads{id}}"}', "application/x-www-form-urlencoded", 415),
        (b'{"query": "{roads{id}}"}', "", 415),
        (b"query={roads{id}}", "multipart/form-data", 415),
        (b"{roads{id}}", "application/graphql", 415),
        (b"", "application/json", 400),
        (b"{", "application/json", 400),
        (b'{"query": "\xff"}', "application/json", 400),
        (b"[" * 100_000, "application/json", 400),
        (b"{}", "application/json", 400),
        (b'{"query": null}', "application/json", 400),
        (b'{"query": 5}', "application/json", 400),
        (b'{"query": "{roads{id}}", "variables": []}', "application/json", 400),
        (b'{"query": "{roads{id}}", "operationName": 5}', "application/json", 400),
        (b'{"query": "{roads{id}}", "operationName": "other"}', "application/json", 400),
        (b'{"query": "fragment A on Road{id}"}', "application/json", 400),
        (b'[{"query": "{roads{id}}"}, {"query": "{roads{id}}"}]', "application/json", 400),
        (b'{"query": "subscription{runLive(id: 1){number}}"}', "application/json", 400),
        (b'{"query": "' + b"a" * 1_100_000 + b'"}', "application/json", 413),
    ],
)
def test_what_is_no_request(client: httpx2.Client, body: bytes, kind: str, status: int) -> None:
    answer = client.post(PATH, content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM), answer.text


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{", "SYNTAX"),
        ("{nothing}", "INVALID"),
        ("{skill{id}}", "INVALID"),
        ("query($x: Int!){skills(first: $x){items{id}}}", "INVALID"),
        ('{skill(id: "none"){id}}', "NOT_FOUND"),
        ('{note(id: "none"){id}}', "NOT_FOUND"),
        ('{run(id: "none"){id}}', "NOT_FOUND"),
        ('{lab(slug: "none"){slug}}', "NOT_FOUND"),
        ('{road(id: "none"){id}}', "NOT_FOUND"),
        ('{runs(after: "x"){items{id}}}', "BAD_INPUT"),
        ('{day(date: "yesterday"){date}}', "INVALID"),
        ('{note(id: "\\u0000"){id}}', "BAD_INPUT"),
        ("{" + " ".join(f"a{n}: roads{{id}}" for n in range(21)) + "}", "TOO_MANY_ALIASES"),
        ("{skill(id: 1){" + "requires{" * 10 + "id" + "}" * 12, "TOO_DEEP"),
        ("{skills(first: 100){items{requires{requires{requires{requires{requires{id}}}}}}}}", "TOO_COSTLY"),
        ("query($n: Int = 100){skills(first: $n){items{notes(first: $n){title}}}}", "TOO_COSTLY"),
        ("{" + "roads{id} " * 400 + "}", "SYNTAX"),
    ],
)
def test_refusals_have_a_code(client: httpx2.Client, query: str, expected: str) -> None:
    assert code(client, query) == expected


def test_fragments_cannot_hide_what_is_asked(client: httpx2.Client) -> None:
    doubling = " ".join(f"fragment F{n} on Skill{{...F{n + 1} ...F{n + 1}}}" for n in range(60))
    nested = " ".join(f"fragment F{n} on Skill{{requires{{...F{n + 1}}}}}" for n in range(12))
    for document, expected in ((doubling, None), (nested, "TOO_DEEP")):
        last = "fragment F60 on Skill{id}" if document is doubling else "fragment F12 on Skill{id}"
        body = asked(client, f'{{skill(id: "sql.joins"){{...F0}}}} {document} {last}')
        found = body["errors"][0]["extensions"]["code"] if "errors" in body else None
        assert found == expected, body
    cycle = '{skill(id: "sql.joins"){...A}} fragment A on Skill{requires{...B}} fragment B on Skill{requires{...A}}'
    assert code(client, cycle) == "INVALID"


def test_persisted_queries(client: httpx2.Client) -> None:
    query = "{roads{id title}}"
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(query.encode()).hexdigest()}}
    first = client.post(PATH, json={"extensions": extensions}).json()
    assert first["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert client.post(PATH, json={"query": query, "extensions": extensions}).json()["data"]["roads"]
    assert client.post(PATH, json={"extensions": extensions}).json()["data"]["roads"]
    by_get = client.get(PATH, params={"extensions": json.dumps(extensions)})
    assert by_get.json()["data"]["roads"]
    other = client.post(PATH, json={"query": "{labs{slug}}", "extensions": extensions})
    assert (other.status_code, other.headers["content-type"]) == (400, PROBLEM)
    for wrong in ({"version": 2}, {"version": 1, "sha256Hash": "x"}, 5, []):
        answer = client.post(PATH, json={"query": query, "extensions": {"persistedQuery": wrong}})
        assert answer.status_code == 400


def test_introspection(client: httpx2.Client) -> None:
    from graphql import build_client_schema, get_introspection_query

    schema = build_client_schema(data(client, get_introspection_query()))
    assert schema.query_type is not None
    assert {"learner", "today", "plan", "road", "skill", "reviews", "runs", "notes", "labs", "progress"} <= set(
        schema.query_type.fields
    )
    deep = "{__schema{types{" + "fields{type{" * 6 + "name" + "}}" * 6 + "}}}"
    assert code(client, deep) == "INVALID"


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
def test_foreign_pages_are_refused(client: httpx2.Client, headers: dict[str, str]) -> None:
    answer = client.post(PATH, json={"query": "{roads{id}}"}, headers=headers)
    assert answer.status_code == 403


def test_a_fault_says_nothing_of_our_insides(settled: Server) -> None:
    """A cursor whose time overflows the database would be one; what a resolver raises is told in a sentence."""
    with settled.client() as client:
        body = asked(client, '{runs(lab: "\\ud800"){items{id}}}')
        assert "errors" not in body or body["errors"][0]["extensions"]["code"] in ("FAULT", "SYNTAX", "INVALID")
        assert "sqlalchemy" not in json.dumps(body).lower()
