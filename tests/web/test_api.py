"""What programs are answered."""

import itertools
import secrets
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx2
import pytest

DAY = "2027-01-04"
PROBLEM = "application/problem+json"


def add_note(client: httpx2.Client, text: str, *, kind: str = "day", ref: str = DAY) -> dict[str, Any]:
    answer = client.post("/api/v1/notes", json={"kind": kind, "ref": ref, "text": text})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def pages_of(client: httpx2.Client, path: str, limit: int) -> Iterator[list[dict[str, Any]]]:
    cursor: str | None = None
    for _ in range(1000):
        page = client.get(path, params={"limit": limit} | ({"cursor": cursor} if cursor else {})).json()
        yield page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return
    raise AssertionError("paging does not end")


def word() -> str:
    """One that no other test uses."""
    return "w" + secrets.token_hex(6)


def test_paging_shows_everything_once(client: httpx2.Client) -> None:
    made = [add_note(client, f"{word()} {number}")["id"] for number in range(7)]
    for limit in (1, 2, 3, 7, 100):
        pages = list(pages_of(client, "/api/v1/notes", limit))
        ids = [item["id"] for item in itertools.chain(*pages)]
        assert all(len(page) <= limit for page in pages)
        assert len(ids) == len(set(ids))
        assert [one for one in ids if one in made] == made[::-1], "newest first, also within one moment"


def test_paging_holds_still_while_rows_arrive(client: httpx2.Client) -> None:
    made = [add_note(client, word())["id"] for _ in range(4)]
    seen = []
    for page in pages_of(client, "/api/v1/notes", 2):
        seen += [item["id"] for item in page]
        add_note(client, word())
        if set(made) <= set(seen):
            break
    assert len(seen) == len(set(seen))


@pytest.mark.parametrize("path", ["/api/v1/notes", "/api/v1/evidence", "/api/v1/runs"])
@pytest.mark.parametrize(
    "cursor",
    ["", "x", "%00", "MjAyNw", "OTk5OS0xMi0zMVQyMzo1OTo1OS0yMzo1OSBh", "MjAyNy0wMS0wNFQxMDowMDowMCBh", "a" * 201],
)
def test_a_cursor_of_no_page(client: httpx2.Client, path: str, cursor: str) -> None:
    answer = client.get(path, params={"cursor": cursor})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)


@pytest.mark.parametrize("limit", ["0", "-1", "101", "x", "1e3", "999999999999999999999999"])
def test_page_sizes_are_bounded(client: httpx2.Client, limit: str) -> None:
    answer = client.get("/api/v1/notes", params={"limit": limit})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert answer.json()["detail"].startswith("limit: ")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        *(("GET", f"/api/v1/{path}/none") for path in ("roads", "skills", "notes", "runs", "nothing")),
        *(("GET", path) for path in ("/api/v1/skills/none/drills", "/api/v1/drills/a/b", "/api/v1/runs/none/events")),
        *(("DELETE", "/api/v1/notes/none"), ("GET", "/api/v1/skills/sql%2e%2ejoins"), ("GET", "/api/v1/notes/%00")),
    ],
)
def test_what_is_not_there(client: httpx2.Client, method: str, path: str) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, answer.headers["content-type"]) == (404, PROBLEM)
    document = answer.json()
    assert (document["type"], document["title"], document["status"]) == ("about:blank", "Not Found", 404)
    assert document["detail"].startswith("There is no")


def test_a_note_from_first_to_last(client: httpx2.Client) -> None:
    text = "Zażółć **gęślą** jaźń 漢字 🚧 \u202eabc e\u0301"
    answer = client.post("/api/v1/notes", json={"kind": "skill", "ref": "sql.joins", "text": text})
    note = answer.json()
    assert answer.headers["location"] == f"/api/v1/notes/{note['id']}"
    assert note == {**note, "kind": "skill", "ref": "sql.joins", "text": text, "created_at": "2027-01-04T10:00:00Z"}
    assert client.get(answer.headers["location"]).json() == note
    assert "gęślą" in client.get("/skills/sql.joins").text
    changed = client.patch(f"/api/v1/notes/{note['id']}", json={"text": "shorter"})
    assert changed.json() == {**note, "text": "shorter"}, "a PATCH changes what it names and nothing else"
    assert client.delete(f"/api/v1/notes/{note['id']}").status_code == 204
    assert client.get(f"/api/v1/notes/{note['id']}").status_code == 404
    assert client.delete(f"/api/v1/notes/{note['id']}").status_code == 404
    assert client.patch(f"/api/v1/notes/{note['id']}", json={"text": "again"}).status_code == 404


@pytest.mark.parametrize(
    "body",
    [
        *({}, [], "text", {"text": ""}, {"text": None}, {"text": 5}, {"text": "a" * 100_001}),
        *({"text": "a", "kind": "skill"}, {"text": "a", "learner": "somebody"}),
    ],
)
def test_a_change_that_is_none(client: httpx2.Client, body: object) -> None:
    note = add_note(client, word())
    answer = client.patch(f"/api/v1/notes/{note['id']}", json=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert client.get(f"/api/v1/notes/{note['id']}").json() == note


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        (b"", 400, "not JSON"),
        (b"{", 400, "not JSON"),
        (b'{"text": "\xff"}', 400, "not JSON in UTF-8"),
        (b'{"kind": "day", "ref": "2027-01-04", "text": "\\ud800"}', 400, "not JSON"),
        (b'{"kind": "moon", "ref": "x", "text": "y"}', 400, "at `$.kind`"),
        (b'{"kind": "day", "ref": "2027-1-4", "text": "y"}', 404, "There is no day called"),
        (b'{"kind": "day", "ref": "2027-01-04", "text": " \\u0000 "}', 422, "The note is empty."),
        (b"[" * 200_000, 400, ""),
        (b'{"kind": "day", "ref": "2027-01-04", "text": "' + b"a" * 1_000_000 + b'"}', 413, "too large"),
    ],
)
def test_hostile_bodies(client: httpx2.Client, body: bytes, status: int, said: str) -> None:
    answer = client.post("/api/v1/notes", content=body, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert said in answer.json()["detail"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", "x", ""])
def test_other_media_types(client: httpx2.Client, kind: str) -> None:
    body = b'{"kind": "day", "ref": "2027-01-04", "text": "a"}'
    answer = client.post("/api/v1/notes", content=body, headers={"content-type": kind})
    assert (answer.status_code, answer.headers["content-type"]) == (415, PROBLEM)
    with_charset = {"content-type": "application/json; charset=utf-8"}
    assert client.post("/api/v1/notes", content=body, headers=with_charset).status_code == 201


SEARCHES = [
    '"',
    "(",
    ")",
    "*",
    "^",
    "-",
    "a:",
    "{text}",
    "NEAR",
    "AND",
    "OR NOT",
    "NEAR(a b, 2)",
    "_",
    "%",
    "\x00",
    "💥",
]


@pytest.mark.parametrize("search", SEARCHES)
def test_search_takes_words_and_no_commands(client: httpx2.Client, search: str) -> None:
    own = word()
    note = add_note(client, f"{own} said NEAR and (far) AND text")
    for path in ("/api/v1/notes", "/notes"):
        assert client.get(path, params={"q": search}).status_code == 200
        answer = client.get(path, params={"q": f"{own} {search}"})
        assert answer.status_code == 200
    alone = client.get("/api/v1/notes", params={"q": own}).json()["items"]
    assert [hit["id"] for hit in alone] == [note["id"]]


def test_search_finds_every_word_and_the_beginning_of_the_last(client: httpx2.Client) -> None:
    own = word()
    note = add_note(client, f"{own} Ein Müßiggänger über **Isolationsgrade**, 漢字")

    def found(words: str) -> list[str]:
        return [hit["id"] for hit in client.get("/api/v1/notes", params={"q": words}).json()["items"]]

    for words in (
        own,
        f"{own} muß",
        f"{own} uber isol",
        f"ISOLATIONS {own}"[::1],
        f"{own} 漢字",
        f"{own} ISOLATIONSGRADE",
    ):
        assert found(words) == [note["id"]] or words.startswith("ISOLATIONS "), words
    assert found(f"isolations {own}") == [], "only the last word may be unfinished"
    assert found(f"{own} nowhere") == []
    client.patch(f"/api/v1/notes/{note['id']}", json={"text": "gone"})
    assert found(own) == [], "the index follows a change"


def test_a_search_says_when_there_is_more(client: httpx2.Client) -> None:
    own = word()
    made = {add_note(client, f"{own} {number}")["id"] for number in range(5)}
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.get("/api/v1/notes", params={"q": own, "limit": 2, **cursor}).json()
        seen += [item["id"] for item in page["items"]]
        if page["next_cursor"] is None:
            break
        cursor = {"cursor": page["next_cursor"]}
    assert len(seen) == 5
    assert set(seen) == made


def test_no_search_is_the_whole_list(client: httpx2.Client) -> None:
    note = add_note(client, word())
    for search in ("", "  "):
        page = client.get("/api/v1/notes", params={"q": search}).json()
        assert page["items"][0]["id"] == note["id"]


def test_skills_can_be_chosen(client: httpx2.Client) -> None:
    every = client.get("/api/v1/skills").json()
    sql = client.get("/api/v1/skills", params={"area": "sql"}).json()
    assert {skill["area"] for skill in sql} == {"sql"}
    assert 0 < len(sql) < len(every)
    assert client.get("/api/v1/skills", params={"level": "proven"}).json() == []
    assert client.get("/api/v1/skills", params={"area": "none"}).json() == []
    assert client.get("/api/v1/skills", params={"level": "expert"}).status_code == 400


def test_a_skill_names_its_neighbours_and_resources(client: httpx2.Client) -> None:
    skill = client.get("/api/v1/skills/sql.joins").json()
    assert skill["requires"] == ["sql.select"]
    assert "sql.joins" in client.get(f"/api/v1/skills/{skill['unlocks'][0]}").json()["requires"]
    assert "LEFT JOIN" in skill["lesson_markdown"]
    assert all(not one["tracks"] or "python" in one["tracks"] for one in skill["resources"])


def test_the_plan_and_today_agree(client: httpx2.Client) -> None:
    plan, today = client.get("/api/v1/plan").json(), client.get("/api/v1/today").json()
    assert today["date"] == DAY
    assert next(day for day in plan["days"] if day["date"] == DAY) == today
    assert plan["end_range"][0] <= plan["end"] <= plan["end_range"][1]
    assert sum(one["minutes"] for one in today["sessions"] if not one["done"]) <= 60


@pytest.mark.parametrize(
    "change",
    [
        *({"start": "9999-12-31"}, {"start": "0001-01-01"}, {"deadline": "2027-01-04"}, {"deadline": "9999-12-31"}),
        *(
            {"road": "nowhere"},
            {"language": "cobol"},
            {"minutes": [0] * 7},
            {"minutes": [60] * 6},
            {"minutes": ["60"] * 7},
        ),
        *({"minutes": [961] + [0] * 6}, {"minutes": [-1] + [60] * 6}, {"start": "2027-02-30"}, {"id": "somebody"}),
    ],
)
def test_settings_that_cannot_be(client: httpx2.Client, change: dict[str, object]) -> None:
    before = client.get("/api/v1/learner").json()
    kept = {name: value for name, value in before.items() if name not in ("id", "created_at")}
    answer = client.put("/api/v1/learner", json={**kept, **change})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert client.get("/api/v1/learner").json() == before


def test_putting_the_same_settings_twice_changes_nothing(client: httpx2.Client) -> None:
    before = client.get("/api/v1/learner").json()
    kept = {name: value for name, value in before.items() if name not in ("id", "created_at", "calendar_token")}
    for _ in range(2):
        answer = client.put("/api/v1/learner", json=kept)
        assert (answer.status_code, answer.json()) == (200, before)


def test_an_answer_becomes_evidence_once(client: httpx2.Client) -> None:
    drill = client.get("/api/v1/skills/git.commits/drills").json()[0]
    path = f"/api/v1/drills/{drill['id']}"
    shown = client.get(path).json()
    assert shown["id"] == drill["id"]
    assert "right" not in shown
    assert not any("right" in choice for choice in shown["choices"])
    own = word()
    given = {"answer": _some_answer(shown), "seconds": 12.5, "id": own}
    results = [client.post(f"{path}/answers", json=given) for _ in range(3)]
    assert {answer.status_code for answer in results} == {201}
    result = results[0].json()
    assert result["drill"] == drill["id"]
    assert all(part["why"] for part in result["feedback"]) or result["why"]
    ledger = [item for page in pages_of(client, "/api/v1/evidence", 100) for item in page]
    mine = [item for item in ledger if item["id"] == own]
    assert len(mine) == 1, "a repeated submission counts once"
    assert mine[0]["outcome"] == result["outcome"]
    assert mine[0]["seconds"] == 12.5
    standings = {standing["skill"]: standing for standing in client.get("/api/v1/standings").json()}
    assert standings["git.commits"]["answered"] >= 1


def _some_answer(shown: dict[str, Any]) -> object:
    if shown["kind"] in ("single", "multiple"):
        return {"answer": [shown["choices"][0]["key"]]}
    if shown["kind"] == "order":
        return {"order": [item["key"] for item in shown["items"]]}
    if shown["kind"] == "match":
        return {"match": {left["key"]: shown["rights"][0]["key"] for left in shown["lefts"]}}
    return {"text": "something"}


DRILLS = {
    "single": "sql.joins/authors-vanish",
    "multiple": "sql.joins/at-least-one-order",
    "match": "sql.joins/how-many-rows",
    "fill-in": "sql.joins/customers-without-orders",
    "predict": "sql.joins/left-join-counts",
}
HOSTILE: list[object] = [
    *(
        None,
        0,
        1e308,
        True,
        "",
        [],
        {},
        [[]],
        [None],
        ["x"] * 200,
        {"answer": {"a": [1]}},
        {"order": None},
        {"text": 5},
    ),
    *(
        {"match": {"a": 1}},
        {"match": {"": ""}},
        {"text": "x" * 20_000},
        {"answer": "\x00"},
        {"what": "ever"},
        {"text": ""},
    ),
]


@pytest.mark.parametrize("kind", DRILLS)
def test_hostile_answers_are_judged_or_refused(client: httpx2.Client, kind: str) -> None:
    path = f"/api/v1/drills/{DRILLS[kind]}"
    assert client.get(path).json()["kind"] == kind
    for answer in HOSTILE:
        given = client.post(f"{path}/answers", json={"answer": answer})
        assert given.status_code in (201, 400), (answer, given.text)
        assert given.status_code == 400 or given.json()["outcome"] == "failed"
    for body in ({}, {"answer": 1, "seconds": -1}, {"answer": 1, "seconds": 1e9}, {"answer": 1, "id": "x" * 41}):
        assert client.post(f"{path}/answers", json=body).status_code == 400


def test_hostile_forms_are_judged_or_refused(client: httpx2.Client) -> None:
    fields: list[dict[str, str]] = [
        *({}, {"answer": "none"}, {"text": "x" * 20_000}, {"place.a": "9" * 5000, "place.b": "2"}, {"match.": "x"}),
        *({"text": "\x00\x01"}, {"place.a": "1", "place.b": "1"}, {"asked_at": "9" * 400, "attempt": "x" * 500}),
        *({"from": "reviews", "text": "a"}, {"asked_at": "-5", "text": "b"}, {"match.a": "\x00", "order": "x"}),
    ]
    for drill in DRILLS.values():
        for data in fields:
            assert client.post(f"/drills/{drill}", data=data).status_code in (200, 422), (drill, data)
        binary = client.post(f"/drills/{drill}", files={"text": ("a.bin", b"\x00\xff" * 1000)})
        assert binary.status_code in (200, 422)
        for kind, body in (("application/x-www-form-urlencoded", b"\xff\xfe%%%=&&&"), ("application/json", b"[1]")):
            answer = client.post(f"/drills/{drill}", content=body, headers={"content-type": kind})
            assert answer.status_code in (200, 400, 422), kind


def test_writers_at_once_lose_nothing(client: httpx2.Client) -> None:
    own = word()
    with ThreadPoolExecutor(8) as pool:
        ids = {note["id"] for note in pool.map(lambda number: add_note(client, f"{own} {number}"), range(24))}
    assert len(ids) == 24
    assert len(client.get("/api/v1/notes", params={"q": own, "limit": 100}).json()["items"]) == 24
