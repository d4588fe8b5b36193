"""Every field of cohorts, and who may use it: Alice owns, Bob is in her cohort, Carol instructs another, Dan instructs
hers, and the admin may everything."""

import json
import re

import httpx2
import pytest

from backroad.teaching import graphql
from tests.cohorts.school import School
from tests.cohorts.test_routes import INSTRUCTORS, everybody
from tests.graphql.test_cohorts import ALICE, of
from tests.graphql.test_http import asked, code, data
from tests.graphql.test_people import PATH, token

MEMBERS = {"alice", "bob", *INSTRUCTORS}
WORK = '{kind: LAB, lab: "todo", deadline: "2027-02-01"}'

# (operation, for instructors alone, who gets an answer that is no refusal). What is written is written as it was.
OPERATIONS: list[tuple[str, bool, set[str]]] = [
    ('{cohort(id: "CO"){name}}', False, MEMBERS),
    ('{assignments(cohort: "CO"){title done}}', False, MEMBERS),
    ('{comments(run: "RUN"){text}}', False, {"alice"}),
    ('mutation{joinCohort(token: "no such token"){id}}', False, set()),
    ('mutation{leaveCohort(id: "none")}', False, set()),
    ('{cohortInstructors(cohort: "CO"){name}}', True, INSTRUCTORS),
    ('{invitations(cohort: "CO"){id}}', True, INSTRUCTORS),
    ('{cohortLearners(cohort: "CO"){items{name done}}}', True, INSTRUCTORS),
    ('{cohortLearners(cohort: "CO", first: 1, q: "a", stuck: true, behind: true){nextCursor}}', True, INSTRUCTORS),
    ('{cohortStanding(cohort: "CO"){items{name skills{skill level}}}}', True, INSTRUCTORS),
    ('{cohortStuck(cohort: "CO"){name check}}', True, INSTRUCTORS),
    ('{cohortLab(cohort: "CO", lab: "shortener"){stages{finished}}}', True, INSTRUCTORS),
    (f"{{cohortLearner({ALICE}){{name skills{{skill}} assignments{{id}}}}}}", True, INSTRUCTORS),
    (
        f'{{cohortLearner({ALICE}){{evidence{{items{{id}}}} runs{{items{{seed}}}} run(id: "RUN"){{seed}}}}}}',
        True,
        INSTRUCTORS,
    ),
    (f'{{cohortLearner({ALICE}){{comments(run: "RUN"){{text}}}}}}', True, INSTRUCTORS),
    ('{cohortLearner(cohort: "OTHER", learner: "ALICE"){name}}', True, set()),
    ('{cohortLearner(cohort: "CO", learner: "BOB"){run(id: "RUN"){seed}}}', True, set()),
    ('{cohortLearner(cohort: "CO", learner: "BOB"){comments(run: "RUN"){text}}}', True, set()),
    ('mutation{makeCohort(cohort: {name: " ", start: "2027-01-01", end: "2027-02-01"}){id}}', True, set()),
    ('mutation{changeCohort(id: "CO", changes: {name: "Spring"}){name}}', True, INSTRUCTORS),
    ('mutation{addInstructor(cohort: "CO", email: "dan@example.org"){name}}', True, INSTRUCTORS),
    ('mutation{removeInstructor(cohort: "CO", instructor: "nobody")}', True, set()),
    ('mutation{invite(cohort: "CO", days: 1, uses: 1){link}}', True, INSTRUCTORS),
    ('mutation{revokeInvitation(cohort: "CO", id: "none")}', True, set()),
    (f'mutation{{assign(cohort: "CO", work: {WORK}){{id}}}}', True, INSTRUCTORS),
    ('mutation{changeAssignment(cohort: "CO", id: "none", title: "x"){id}}', True, set()),
    ('mutation{removeAssignment(cohort: "CO", id: "none")}', True, set()),
    ('mutation{removeLearner(cohort: "OTHER", learner: "ALICE")}', True, set()),
    (f'mutation{{addComment({ALICE}, run: "RUN", text: "Well"){{id}}}}', True, INSTRUCTORS),
    ('mutation{addComment(cohort: "OTHER", learner: "ALICE", run: "RUN", text: "Well"){id}}', True, set()),
    (f'mutation{{removeComment({ALICE}, run: "RUN", id: "none")}}', True, set()),
    (f'mutation{{decide({ALICE}, skill: "sql.joins", outcome: PASSED, why: "Seen"){{id}}}}', True, INSTRUCTORS),
    (
        'mutation{decide(cohort: "OTHER", learner: "ALICE", skill: "sql.joins", outcome: PASSED, why: "x"){id}}',
        True,
        set(),
    ),
    (f'mutation{{takeBackDecision({ALICE}, skill: "sql.joins", id: "none", why: "x"){{id}}}}', True, set()),
]


@pytest.mark.parametrize(("query", "instructors", "allowed"), OPERATIONS)
def test_who_may_what(school: School, query: str, instructors: bool, allowed: set[str]) -> None:
    for name, client in everybody(school).items():
        answer = client.post(PATH, json={"query": of(school, query)})
        if name == "nobody":
            assert answer.status_code == 401
            continue
        body = answer.json()
        if name in allowed:
            assert "errors" not in body, (name, body)
            continue
        outside = instructors and name in ("alice", "bob", "zoe")
        refusals = {"FORBIDDEN"} if outside else {"NOT_FOUND", "UNPROCESSABLE"}
        assert {one["extensions"]["code"] for one in body["errors"]} <= refusals, (name, body)
        for secret in ("Alice", "Spring", "7Q2F"):
            assert secret not in json.dumps(body), name


def test_no_field_is_left_out_above() -> None:
    tried = {re.match(r"(?:mutation)?\{(\w+)", query)[1] for query, _, _ in OPERATIONS}  # type: ignore[index]
    own = {"cohorts"}
    for root in (graphql.Query, graphql.Mutation):
        fields = {one.python_name for one in root.__strawberry_definition__.fields}  # type: ignore[attr-defined]
        assert {re.sub(r"_(\w)", lambda found: found[1].upper(), name) for name in fields} - tried - own == set()


def test_a_token_that_reads_does_not_teach(school: School) -> None:
    reads = {"authorization": f"Bearer {token(school.dan, 'read')}"}
    with school.server.client(headers=reads) as client:
        assert data(client, of(school, '{cohortLearners(cohort: "CO"){items{name}}}'))["cohortLearners"]["items"]
        for query in (
            'mutation{invite(cohort: "CO"){link}}',
            'mutation{...A} fragment A on Mutation{invite(cohort: "CO"){link}}',
        ):
            assert code(client, of(school, query)) == "FORBIDDEN"


def test_the_role_is_asked_for_wherever_the_field_stands(school: School) -> None:
    hidden = (
        '{...A} fragment A on Query{...B} fragment B on Query{cohorts{items{name}} cohortStuck(cohort: "CO"){name}}'
    )
    body = asked(school.alice.client, of(school, hidden))
    assert body["data"] is None, "nothing is executed"
    assert body["errors"][0]["extensions"] == {"code": "FORBIDDEN", "status": 403}


def test_local_mode_has_no_cohorts(client: httpx2.Client) -> None:
    assert code(client, "{cohorts{items{id}}}") == "INVALID"
    assert code(client, 'mutation{leaveCohort(id: "none")}') == "INVALID"
