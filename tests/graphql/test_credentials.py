"""Credentials over GraphQL: Alice has hers issued and takes them back; what is hers is not there for Bob."""

import json

import pytest

from tests.credentials.test_web import issue, prove
from tests.graphql.test_http import code, data
from tests.graphql.test_people import token
from tests.server_mode import Hosted, Member

ALL = "id subject title jwt issuedAt revokedAt reason"
ISSUE = f"mutation($s: String!){{issueCredential(subject: $s){{{ALL}}}}}"


@pytest.fixture
def alice(hosted: Hosted) -> Member:
    prove(hosted, hosted.alice, "sql.joins", days=3)
    prove(hosted, hosted.alice, "sql.select", days=3)
    return hosted.alice


def test_from_issue_to_revocation(alice: Member) -> None:
    made = data(alice.client, ISSUE, s="skill:sql.joins")["issueCredential"]
    assert issue(alice, "skill:sql.joins")["id"] == made["id"], "the same standing gives the same credential"
    said = alice.client.get(f"/api/v1/credentials/{made['id']}").json()
    assert {name: made[name] for name in ("id", "subject", "title", "jwt", "reason")}.items() <= said.items()
    own = f'{{credential(id: "{made["id"]}"){{revokedAt reason}}}}'
    assert data(alice.client, own)["credential"] == {"revokedAt": None, "reason": ""}
    revoke = f'mutation{{revokeCredential(id: "{made["id"]}"){{revokedAt reason}}}}'
    revoked = data(alice.client, revoke)["revokeCredential"]
    assert revoked["reason"] == "the learner took it back"
    assert data(alice.client, revoke)["revokeCredential"] == revoked, "twice changes nothing"
    assert data(alice.client, own)["credential"] == revoked
    assert data(alice.client, ISSUE, s="skill:sql.joins")["issueCredential"]["id"] != made["id"]


def test_what_is_not_proven_is_refused(alice: Member) -> None:
    refusals = {"skill:http.methods": "CONFLICT", "skill:none": "NOT_FOUND", "sql.joins": "BAD_INPUT"}
    for subject, expected in refusals.items():
        assert code(alice.client, ISSUE, s=subject) == expected, subject


def test_lists_come_in_pages(alice: Member) -> None:
    made = {data(alice.client, ISSUE, s=f"skill:sql.{name}")["issueCredential"]["id"] for name in ("joins", "select")}
    seen: list[str] = []
    after = None
    for _ in range(100):
        query = "query($a: String){credentials(first: 1, after: $a){items{id} nextCursor}}"
        page = data(alice.client, query, a=after)["credentials"]
        seen += [one["id"] for one in page["items"]]
        after = page["nextCursor"]
        if after is None:
            break
    assert len(seen) == len(set(seen))
    assert made <= set(seen)
    assert code(alice.client, '{credentials(after: "x"){items{id}}}') == "BAD_INPUT"


def test_what_is_anothers_is_not_there(hosted: Hosted, alice: Member) -> None:
    made = data(alice.client, ISSUE, s="skill:sql.joins")["issueCredential"]["id"]
    for other in (hosted.bob, hosted.carol, hosted.dana):
        for query in (f'{{credential(id: "{made}"){{jwt}}}}', f'mutation{{revokeCredential(id: "{made}"){{jwt}}}}'):
            assert code(other.client, query) == "NOT_FOUND"
        assert made not in json.dumps(data(other.client, "{credentials(first: 100){items{id}}}"))
    with hosted.client(headers={"authorization": f"Bearer {token(alice, 'read')}"}) as client:
        assert code(client, ISSUE, s="skill:sql.joins") == "FORBIDDEN"
        assert data(client, f'{{credential(id: "{made}"){{revokedAt}}}}')["credential"] == {"revokedAt": None}
