"""Cohorts over GraphQL: Alice owns, Bob is in her cohort, Carol instructs another, Dan instructs hers."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from tests.cohorts.school import School
from tests.cohorts.test_routes import named
from tests.graphql.test_http import code, data
from tests.web.test_api import word

ALICE = 'cohort: "CO", learner: "ALICE"'


def of(school: School, query: str) -> str:
    ids = {"CO": "{cohort}", "OTHER": "{other}", "RUN": "{run}", "ALICE": "{alice}", "BOB": "{bob}"}
    return re.sub(r'"([A-Z]+)"', lambda found: f'"{named(school, ids[found[1]])}"', query)


def rest(client: httpx2.Client, path: str) -> Any:
    answer = client.get(f"/api/v1{path}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_it_says_what_rest_says(school: School) -> None:
    dan, here, alice = school.dan.client, school.path, school.alice.id

    def told(query: str) -> Any:
        (found,) = data(dan, of(school, query)).values()
        return found

    fields = "id name start end minutes_a_week:minutesAWeek instructors learners"
    for client in (dan, school.alice.client):
        entry = rest(client, here)
        found = data(client, of(school, f'{{cohort(id: "CO"){{{fields} role etag}}}}'))["cohort"]
        assert {name: entry[name] for name in found if name not in ("role", "etag")}.items() <= found.items()
        assert found["role"] == entry["role"].upper()
        assert found["etag"] == client.get(f"/api/v1{here}").headers["etag"]
        mine = [one["id"] for one in data(client, "{cohorts(first: 100){items{id}}}")["cohorts"]["items"]]
        assert mine == [one["id"] for one in rest(client, "/cohorts?limit=100")["items"]]
    row = "learner name done expected week_minutes:weekMinutes stuck_on:stuckOn overdue behind stuck"
    for found, one in zip(
        told(f'{{cohortLearners(cohort: "CO"){{items{{{row}}}}}}}')["items"],
        rest(dan, f"{here}/learners")["items"],
        strict=True,
    ):
        assert found.items() <= one.items()
    standing = told('{cohortStanding(cohort: "CO"){items{learner skills{skill level}}}}')["items"]
    assert {one["learner"]: {each["skill"]: each["level"].lower() for each in one["skills"]} for one in standing} == {
        one["learner"]: one["skills"] for one in rest(dan, f"{here}/standing")["items"]
    }
    stages = told('{cohortLab(cohort: "CO", lab: "shortener"){stages{number finished checks{check tried runs}}}}')[
        "stages"
    ]
    for found, one in zip(stages, rest(dan, f"{here}/labs/shortener")["stages"], strict=True):
        assert found["finished"] == one["finished"]
        assert [check["check"] for check in found["checks"]] == [check["check"] for check in one["checks"]]
        assert [check["tried"] for check in found["checks"]] == [check["tried"] for check in one["checks"]]
    assert told('{cohortInstructors(cohort: "CO"){person name}}') == rest(dan, f"{here}/instructors")
    assert told('{assignments(cohort: "CO"){id title}}') == [
        {"id": one["id"], "title": one["title"]} for one in rest(dan, f"{here}/assignments")
    ]
    more = "skills{skill fading} evidence{items{id by why}} runs{items{id seed}}"
    whole = told(f"{{cohortLearner({ALICE}){{{row} {more}}}}}")
    page = rest(dan, f"{here}/learners/{alice}")
    assert [one["skill"] for one in whole["skills"]] == [one["skill"] for one in page["skills"]]
    for name in ("evidence", "runs"):
        items = rest(dan, f"{here}/learners/{alice}/{name}")["items"]
        assert whole[name]["items"]
        for found, one in zip(whole[name]["items"], items, strict=True):
            assert found.items() <= one.items()


def test_pages_miss_nobody(school: School) -> None:
    query = of(school, 'query($a: String){cohortLearners(cohort: "CO", first: 1, after: $a){items{name} nextCursor}}')
    seen, after = [], None
    for _ in range(10):
        page = data(school.dan.client, query, a=after)["cohortLearners"]
        seen += [one["name"] for one in page["items"]]
        after = page["nextCursor"]
        if after is None:
            break
    assert seen == ["Alice", "Bob"]
    assert code(school.dan.client, query, a="x") == "BAD_INPUT"
    first = data(school.admin.client, "{cohorts(first: 1){items{id role} nextCursor}}")["cohorts"]
    assert first["items"][0]["role"] == "INSTRUCTOR", "an admin is one of every cohort"
    query = "query($a: String){cohorts(first: 1, after: $a){items{id}}}"
    assert data(school.admin.client, query, a=first["nextCursor"])["cohorts"]["items"] != first["items"][:1]
    assert data(school.alice.client, "{cohorts(role: INSTRUCTOR){items{id}}}")["cohorts"]["items"] == []


@pytest.fixture
def invited(school: School) -> Iterator[tuple[School, str, str]]:
    """Zoe may join Dan's cohort by a token, and is out of it afterwards."""
    invite = of(school, 'mutation{invite(cohort: "CO", days: 2, uses: 5){id link open used}}')
    made = data(school.dan.client, invite)["invite"]
    assert (made["open"], made["used"]) == (True, 0)
    assert made["link"].startswith(f"{school.server.url}/join/")
    yield school, made["id"], made["link"].rpartition("/")[2]
    school.zoe.client.delete(f"/api/v1/cohorts/joined/{school.spring.id}")


def test_a_learner_joins_and_leaves(invited: tuple[School, str, str]) -> None:
    school, invitation, link = invited
    zoe, dan = school.zoe.client, school.dan.client
    join = "mutation($t: String!){joinCohort(token: $t, followRoad: true){name role learners}}"
    assert data(zoe, join, t=link)["joinCohort"] == {"name": "Spring", "role": "MEMBER", "learners": None}
    assert code(dan, join, t=link) == "CONFLICT", "who instructs it cannot"
    assert data(zoe, "{learner{deadline}}")["learner"]["deadline"] == str(school.spring.end)
    listed = of(school, '{invitations(cohort: "CO"){id used} cohortLearners(cohort: "CO"){items{name}}}')
    found = data(dan, listed)
    assert {"id": invitation, "used": 1} in found["invitations"]
    assert [one["name"] for one in found["cohortLearners"]["items"]] == ["Alice", "Bob", "Zoe"]
    leave = of(school, 'mutation{leaveCohort(id: "CO")}')
    assert data(zoe, leave)["leaveCohort"] == school.spring.id
    assert code(zoe, leave) == "NOT_FOUND"
    assert data(zoe, join, t=link)["joinCohort"]["role"] == "MEMBER", "who left comes back"
    remove = f'mutation{{removeLearner(cohort: "{school.spring.id}", learner: "{school.zoe.id}")}}'
    assert code(school.carol.client, remove) == "NOT_FOUND"
    assert data(dan, remove)["removeLearner"] == school.zoe.id
    assert code(zoe, join, t=link) == "NOT_FOUND", "who was removed does not, by an old link"
    revoke = f'mutation{{revokeInvitation(cohort: "{school.spring.id}", id: "{invitation}")}}'
    assert data(dan, revoke)["revokeInvitation"] == invitation
    assert code(dan, revoke) == "NOT_FOUND"


def test_an_instructor_makes_a_cohort_and_archives_it(school: School) -> None:
    dan = school.dan.client
    make = """mutation($n: String!, $e: Date!){
        makeCohort(cohort: {name: $n, start: "2027-01-01", end: $e}){id etag role learners}}"""
    for name, end, expected in ((" ", "2027-06-30", "UNPROCESSABLE"), ("x", "2026-01-01", "BAD_INPUT")):
        assert code(dan, make, n=name, e=end) == expected
    made = data(dan, make, n="Summer", e="2027-06-30")["makeCohort"]
    assert (made["role"], made["learners"]) == ("INSTRUCTOR", 0)
    change = """mutation($id: ID!, $c: CohortChangeInput!, $m: String){
        changeCohort(id: $id, changes: $c, ifMatch: $m){archivedAt name}}"""
    assert code(dan, change, id=made["id"], c={"name": "Other"}, m='"old"') == "STALE"
    assert code(school.carol.client, change, id=made["id"], c={"name": "Hers"}) == "NOT_FOUND"
    archived = data(dan, change, id=made["id"], c={"archived": True}, m=made["etag"])["changeCohort"]
    assert (archived["name"], archived["archivedAt"] is None) == ("Summer", False)
    assert code(dan, change, id=made["id"], c={"name": "Other"}) == "CONFLICT"
    found = data(dan, "{cohorts(archived: true){items{id}}}")["cohorts"]["items"]
    assert {"id": made["id"]} in found
    teach = f'mutation{{addInstructor(cohort: "{made["id"]}", email: "carol@example.org"){{person name}}}}'
    assert code(dan, teach) == "CONFLICT", "nothing about an archived one changes"
    assert data(dan, change, id=made["id"], c={"archived": False})["changeCohort"]["archivedAt"] is None
    assert data(dan, teach)["addInstructor"]["name"] == "Carol"
    gone = f'mutation{{removeInstructor(cohort: "{made["id"]}", instructor: "{school.carol.id}")}}'
    assert data(dan, gone)["removeInstructor"] == school.carol.id
    assert code(school.carol.client, f'{{cohort(id: "{made["id"]}"){{name}}}}') == "NOT_FOUND"


def test_an_assignment_is_for_all_members(school: School) -> None:
    dan, work = school.dan.client, {"kind": "STAGE", "lab": "shortener", "stage": 1, "deadline": "2027-01-05"}
    assign = of(school, 'mutation($w: AssignmentInput!){assign(cohort: "CO", work: $w){id title done}}')
    for wrong in ({"stage": 99}, {"lab": "none"}, {"skills": ["sql.joins"]}, {"deadline": "2030-01-01"}):
        assert code(dan, assign, w={**work, **wrong}) == "UNPROCESSABLE", wrong
    made = data(dan, assign, w=work)["assign"]
    change = of(
        school,
        f'mutation{{changeAssignment(cohort: "CO", id: "{made["id"]}", deadline: "2027-01-20"){{title deadline}}}}',
    )
    assert data(dan, change)["changeAssignment"] == {"title": made["title"], "deadline": "2027-01-20"}
    listed = of(school, '{assignments(cohort: "CO"){id kind stage done}}')
    for client in (school.alice.client, school.bob.client, dan):
        found = next(one for one in data(client, listed)["assignments"] if one["id"] == made["id"])
        assert (found["kind"], found["stage"], found["done"]) == ("STAGE", 1, 0)
    remove = of(school, f'mutation{{removeAssignment(cohort: "CO", id: "{made["id"]}")}}')
    assert code(school.alice.client, remove) == "FORBIDDEN"
    assert data(dan, remove)["removeAssignment"] == made["id"]
    assert code(dan, remove) == "NOT_FOUND"


def test_a_comment_and_who_reads_it(school: School) -> None:
    dan, text = school.dan.client, word()
    say = of(
        school,
        f'mutation($t: String!, $c: String!){{addComment({ALICE}, run: "RUN", text: $t, check: $c){{id author}}}}',
    )
    assert code(dan, say, t=text, c="no.such") == "UNPROCESSABLE"
    assert code(dan, say, t=" ", c="") == "UNPROCESSABLE"
    made = data(dan, say, t=text, c="races.one_owner")["addComment"]
    assert made["author"] == "Dan"
    own = of(school, '{comments(run: "RUN"){id check text seenAt}}')
    found = next(one for one in data(school.alice.client, own)["comments"] if one["id"] == made["id"])
    assert found == {"id": made["id"], "check": "races.one_owner", "text": text, "seenAt": None}
    assert code(school.bob.client, own) == "NOT_FOUND"
    theirs = of(school, f'{{cohortLearner({ALICE}){{comments(run: "RUN"){{id}}}}}}')
    assert {"id": made["id"]} in data(dan, theirs)["cohortLearner"]["comments"]
    back = of(school, f'mutation{{removeComment({ALICE}, run: "RUN", id: "{made["id"]}")}}')
    assert code(school.carol.client, back) == "NOT_FOUND"
    assert data(dan, back)["removeComment"] == made["id"]
    assert text not in json.dumps(data(school.alice.client, own))


def test_a_decision_and_its_taking_back(school: School) -> None:
    dan, bob = school.dan.client, school.bob.client
    where = f'cohort: "{school.spring.id}", learner: "{school.bob.id}", skill: "sql.indexes"'
    decide = f"mutation($w: String!){{decide({where}, outcome: PASSED, why: $w){{id by why outcome provenance}}}}"
    assert code(dan, decide, w=" ") == "UNPROCESSABLE"
    made = data(dan, decide, w="Explained it")["decide"]
    assert (made["by"], made["why"], made["outcome"], made["provenance"]) == (
        "Dan",
        "Explained it",
        "PASSED",
        "instructor",
    )
    level = '{skill(id: "sql.indexes"){level evidence(first: 1){id}}}'
    assert data(bob, level)["skill"]["evidence"] == [{"id": made["id"]}]
    back = f'mutation{{takeBackDecision({where}, id: "{made["id"]}", why: "Not so"){{revokes}}}}'
    assert code(school.carol.client, back) == "NOT_FOUND"
    assert data(dan, back)["takeBackDecision"] == {"revokes": made["id"]}
    assert code(dan, back) == "CONFLICT"


def test_an_instructor_reads_no_notes(school: School) -> None:
    data(school.alice.client, 'mutation{addNote(kind: SKILL, ref: "sql.joins", text: "a zebra in secret"){id}}')
    query = of(
        school, f"{{cohortLearner({ALICE}){{skills{{skill}} evidence{{items{{why}}}} runs{{items{{report}}}}}}}}"
    )
    assert "zebra" not in json.dumps(data(school.dan.client, query))
    assert code(school.dan.client, query.replace("skills{skill}", "notes{text}")) == "INVALID"
