"""Drills that are written: what runs in the sandbox comes back as evidence, over the form and over REST."""

import re

import httpx2

SQL = "/drills/sql.joins/write-open-tickets"
OPEN = "/drills/sql.transactions/explain-lost-update"
RIGHT = """
SELECT a.name AS agent, (SELECT count(*) FROM tickets t WHERE t.agent_id = a.id AND state = 'open') AS open
FROM agents a ORDER BY 2 DESC, 1
"""
FORM = {"content-type": "application/x-www-form-urlencoded"}


def answer(client: httpx2.Client, path: str, text: str, attempt: str) -> httpx2.Response:
    return client.post(f"/api/v1{path}/answers", json={"answer": {"text": text}, "id": attempt})


def recorded(client: httpx2.Client, attempt: str) -> bool:
    return f'"{attempt}"' in client.get("/api/v1/evidence?limit=100").text


def test_a_query_is_judged_and_shown_as_a_table(client: httpx2.Client) -> None:
    page = client.get(SQL).text
    assert "<textarea" in page
    assert "code.js" in page
    wrong = client.post(SQL, data={"text": "SELECT name AS agent, 1 AS open FROM agents", "attempt": "w1"})
    assert wrong.status_code == 200
    assert "The number of rows is right, their values are not." in wrong.text
    assert re.search(r"<table class=\"cells\">.*not expected here.*<td>Noor</td>", wrong.text, re.DOTALL)
    assert "SELECT name AS agent, 1 AS open FROM agents</textarea>" in wrong.text
    right = client.post(SQL, data={"text": RIGHT, "attempt": "w2"})
    assert "The answer we had in mind" in right.text
    assert recorded(client, "w1")
    assert recorded(client, "w2")


def test_what_cannot_be_run_is_said_and_not_recorded(client: httpx2.Client) -> None:
    shown = client.post(SQL, data={"text": "SELEC <b>", "attempt": "w3"})
    assert shown.status_code == 422
    assert "SQLite cannot run this: near &quot;SELEC&quot;: syntax error." in shown.text
    assert "SELEC &lt;b&gt;</textarea>" in shown.text
    assert answer(client, SQL, "x" * 70_000, "w4").status_code == 400
    assert not recorded(client, "w3")
    assert not recorded(client, "w4")


def test_hostile_names_and_values_are_escaped(client: httpx2.Client) -> None:
    query = "SELECT '<script>alert(1)</script>' AS \"<img src=x>\", 1 AS open"
    shown = client.post(SQL, data={"text": query, "attempt": "w5"}).text
    assert "<script>alert" not in shown
    assert "<img src=x>" not in shown


def test_a_function_is_judged_over_rest(client: httpx2.Client) -> None:
    path = "/drills/http.methods/code-may-retry"
    shown = client.get(f"/api/v1{path}").json()
    assert (shown["kind"], shown["language"]) == ("code", "python")
    assert shown["start"].startswith("\ndef may_retry") or shown["start"].startswith("def may_retry")
    assert "IDEMPOTENT" not in str(shown)
    result = answer(client, path, "def may_retry(method, status, has_key=False):\n    return True", "w6").json()
    assert result["outcome"] == "failed"
    assert result["feedback"][2]["given"] == "true"
    assert answer(client, path, "def may_retry(:", "w7").status_code == 400


def test_an_open_question_is_evidence_only_when_it_is_graded(client: httpx2.Client) -> None:
    first = client.post(OPEN, data={"text": "They overwrite <one> another.", "attempt": "w8"})
    keys = re.findall(r'type="checkbox" name="points" value="(\w+)"', first.text)
    assert len(keys) == 5
    assert "optimistic locking" in first.text
    assert "<one>" not in first.text
    assert not recorded(client, "w8")
    fields = [("text", "They overwrite one another."), ("points", ""), ("attempt", "w9")]
    body = "&".join(f"{name}={value}" for name, value in [*fields, *(("points", key) for key in keys)])
    graded = client.post(OPEN, content=body.replace(" ", "+"), headers=FORM)
    assert "You graded this yourself" in graded.text
    assert recorded(client, "w9")
    standings = {standing["skill"]: standing for standing in client.get("/api/v1/standings").json()}
    assert standings["sql.transactions"]["answered"] == 0
