"""Interviews over GraphQL, to the end; what is Alice's is not there for Bob."""

import json
from typing import Any

import httpx2
import pytest

from tests.graphql.test_http import code, data
from tests.server_mode import Hosted, Member

ALL = """id state current said terms{level minutes areas coding} summary{score answered skipped toGrade areas{name}}
    questions{number drill answered skipped topic text model rubric{key text said} toGrade score result{outcome}}
    asks{number of seconds gone text drill{prompt}}"""
BEGIN = f"mutation($t: InterviewTermsInput!){{beginInterview(terms: $t){{{ALL}}}}}"
ANSWER = f"mutation($id: ID!, $n: Int!, $a: JSON!){{answerInterview(id: $id, number: $n, answer: $a){{{ALL}}}}}"
SKIP = f"mutation($id: ID!, $n: Int!){{skipInterviewQuestion(id: $id, number: $n){{{ALL}}}}}"
END = f"mutation($id: ID!){{endInterview(id: $id){{{ALL}}}}}"
GRADE = f"mutation($id: ID!, $g: [InterviewGradeInput!]!){{gradeInterview(id: $id, grades: $g){{{ALL}}}}}"


@pytest.fixture
def alice(hosted: Hosted) -> Member:
    """With no interview running."""
    for one in data(hosted.alice.client, "{interviews(first: 100){items{id state}}}")["interviews"]["items"]:
        if one["state"] == "RUNNING":
            data(hosted.alice.client, END, id=one["id"])
    return hosted.alice


def begun(client: httpx2.Client, **terms: object) -> Any:
    return data(client, BEGIN, t={"level": "JUNIOR", "minutes": "TWENTY", "coding": False, **terms})["beginInterview"]


def test_to_the_end(alice: Member) -> None:
    client = alice.client
    found = begun(client, areas=["sql"])
    here = found["id"]
    assert found["terms"] == {"level": "JUNIOR", "minutes": "TWENTY", "areas": ["sql"], "coding": False}
    assert begun(client)["id"] == here, "one at a time"
    assert (len(found["questions"]), found["current"]) == (1, 1), "what is to come is not told"
    asks = client.get(f"/api/v1/interviews/{here}/question").json()
    assert (found["asks"]["number"], found["asks"]["drill"]["prompt"]) == (1, asks["drill"]["prompt"])
    assert code(client, GRADE, id=here, g=[]) == "CONFLICT"
    assert code(client, ANSWER, id=here, n=1, a={"text": ""}) == "BAD_INPUT"
    found = data(client, ANSWER, id=here, n=1, a={"text": "An answer"})["answerInterview"]
    assert data(client, ANSWER, id=here, n=1, a={"text": "Another"})["answerInterview"] == found, "counts once"
    assert (found["questions"][0]["text"], found["current"]) == ("An answer", 2)
    assert not any(one["model"] or one["rubric"] for one in found["questions"])
    found = data(client, SKIP, id=here, n=2)["skipInterviewQuestion"]
    assert found["questions"][1]["skipped"]
    found = data(client, END, id=here)["endInterview"]
    assert (found["state"], found["asks"], found["summary"]["toGrade"]) == ("TO_GRADE", None, 1)
    assert data(client, END, id=here)["endInterview"] == found, "ending it again changes nothing"
    for query, given in ((ANSWER, {"a": {"text": "late"}}), (SKIP, {})):
        assert code(client, query, id=here, n=3, **given) == "CONFLICT"
    rubric = found["questions"][0]["rubric"]
    assert rubric[0]["said"] is None
    assert code(client, GRADE, id=here, g=[{"number": 99, "points": []}]) == "NOT_FOUND"
    points = [{"number": 1, "points": [rubric[0]["key"]]}]
    graded = data(client, GRADE, id=here, g=points)["gradeInterview"]
    assert (graded["state"], graded["questions"][0]["rubric"][0]["said"]) == ("GRADED", True)
    said = client.get(f"/api/v1/interviews/{here}").json()
    assert graded["summary"]["score"] == said["summary"]["score"]
    assert [one["drill"] for one in graded["questions"]] == [one["drill"] for one in said["questions"]]
    ledger = data(client, "{evidence(first: 100){items{id}}}")["evidence"]["items"]
    assert {"id": f"{here}:1"} in ledger


def test_coding_is_run_at_the_end(alice: Member) -> None:
    found = begun(alice.client, areas=["sql"], level="MIDDLE", coding=True)
    here = found["id"]
    while found["state"] == "RUNNING":
        given = {"text": "SELECT 1 AS wrong"}
        found = data(alice.client, ANSWER, id=here, n=found["current"], a=given)["answerInterview"]
    outcomes = [one["result"]["outcome"] for one in found["questions"] if one["topic"] == "CODING"]
    assert outcomes in (["FAILED"], ["UNCLEAR"])
    assert all(one["model"] for one in found["questions"] if one["topic"] != "CODING")


def test_what_cannot_be_asked(alice: Member) -> None:
    assert code(alice.client, BEGIN, t={"areas": ["cobol"]}) == "BAD_INPUT"
    for wrong in ({"minutes": 45}, {"minutes": "TEN"}, {"level": "BOSS"}):
        assert code(alice.client, BEGIN, t=wrong) == "INVALID", wrong
    nothing = ANSWER.replace("$a: JSON!", "$a: JSON")
    assert code(alice.client, nothing, id="x", n=1, a=None) == "INVALID", "skipping is said as such"


def test_what_is_anothers_is_not_there(hosted: Hosted, alice: Member) -> None:
    here = begun(alice.client)["id"]
    tries: list[tuple[str, dict[str, object]]] = [
        ("query($id: ID!){interview(id: $id){id}}", {}),
        (ANSWER, {"n": 1, "a": {"text": "his"}}),
        (SKIP, {"n": 1}),
        (END, {}),
        (GRADE, {"g": []}),
    ]
    for other in (hosted.bob, hosted.carol):
        for query, given in tries:
            assert code(other.client, query, id=here, **given) == "NOT_FOUND", query
        assert here not in json.dumps(data(other.client, "{interviews(first: 100){items{id}}}"))
    assert data(alice.client, f'{{interview(id: "{here}"){{current}}}}')["interview"] == {"current": 1}


def test_lists_come_in_pages(alice: Member) -> None:
    for _ in range(2):
        data(alice.client, END, id=begun(alice.client)["id"])
    query = "query($a: String){interviews(first: 1, after: $a){items{id state} nextCursor}}"
    first = data(alice.client, query)["interviews"]
    second = data(alice.client, query, a=first["nextCursor"])["interviews"]
    assert first["items"] != second["items"]
    assert code(alice.client, query, a="x") == "BAD_INPUT"
