"""Submissions over GraphQL: Alice hands in over REST, and looks and cancels here; Bob sees nothing of it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backroad.grading import leasing
from tests.grading.test_web import end, hand_in, items, take
from tests.graphql.test_http import asked, code, data
from tests.graphql.test_people import token
from tests.server_mode import Hosted, Member

ALL = "id lab name state content askedAt endedAt said run place{number why estimate{soonest latest}}"


@pytest.fixture
def alice(hosted: Hosted) -> Iterator[Member]:
    """With nothing waiting before and after."""
    yield hosted.alice
    for item in items(hosted.alice):
        hosted.alice.client.delete(f"/api/v1/submissions/{item['id']}")


def handed_in(who: Member, place: Path) -> str:
    answer = hand_in(who, place)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["id"]
    return found


def one(who: Member, item: str) -> Any:
    return data(who.client, f'{{submission(id: "{item}"){{{ALL}}}}}')["submission"]


def test_the_way_of_a_submission(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    item = handed_in(alice, tmp_path / "a")
    found, said = one(alice, item), alice.client.get(f"/api/v1/submissions/{item}").json()
    assert {name: found[name] for name in ("id", "lab", "name", "content", "said", "run")}.items() <= said.items()
    assert (found["state"], found["place"]) == ("WAITING", said["place"])
    lease = take(hosted)
    run = hosted.db.run_now(lambda tx: leasing.begin(tx, lease, "hidden", hosted.now))
    found = one(alice, item)
    assert (found["state"], found["run"], found["place"]["number"]) == ("RUNNING", run.id, 0)
    assert data(alice.client, f'{{run(id: "{found["run"]}"){{state}}}}')["run"]["state"] == "RUNNING"
    end(hosted, lease)
    found = one(alice, item)
    assert (found["state"], found["place"]) == ("GRADED", None)
    assert code(alice.client, f'mutation{{cancelSubmission(id: "{item}"){{state}}}}') == "CONFLICT"


def test_lists_come_in_pages(alice: Member, tmp_path: Path) -> None:
    made = [handed_in(alice, tmp_path / name) for name in "ab"]
    query = 'query($a: String){submissions(first: 1, after: $a, lab: "todo"){items{id place{number}} nextCursor}}'
    first = data(alice.client, query)["submissions"]
    second = data(alice.client, query, a=first["nextCursor"])["submissions"]
    found = {one["id"]: one["place"]["number"] for page in (first, second) for one in page["items"]}
    assert found == {made[1]: 2, made[0]: 1}
    assert data(alice.client, '{submissions(lab: "shop"){items{id}}}')["submissions"]["items"] == []
    assert code(alice.client, query, a="x") == "BAD_INPUT"


def test_others_see_and_change_nothing(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    item = handed_in(alice, tmp_path / "a")
    for other in (hosted.bob, hosted.carol, hosted.dana):
        for query in (f'{{submission(id: "{item}"){{id}}}}', f'mutation{{cancelSubmission(id: "{item}"){{id}}}}'):
            assert code(other.client, query) == "NOT_FOUND"
        assert item not in json.dumps(data(other.client, "{submissions(first: 100){items{id}}}"))
    assert one(alice, item)["state"] == "WAITING"


def test_cancelling_needs_the_scope_of_handing_in(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    item = handed_in(alice, tmp_path / "a")
    cancel = f'mutation{{cancelSubmission(id: "{item}"){{state said endedAt place{{number}}}}}}'
    for scopes, note in ((("read", "write"), True), (("read",), False)):
        with hosted.client(headers={"authorization": f"Bearer {token(alice, *scopes)}"}) as client:
            assert code(client, cancel) == "FORBIDDEN"
            add = asked(client, 'mutation{addNote(kind: DAY, ref: "2027-01-04", text: "x"){id}}')
            assert ("errors" not in add) is note
    with hosted.client(headers={"authorization": f"Bearer {token(alice, 'read', 'submit')}"}) as client:
        assert code(client, 'mutation{addNote(kind: DAY, ref: "2027-01-04", text: "x"){id}}') == "FORBIDDEN"
        cancelled = data(client, cancel)["cancelSubmission"]
    assert (cancelled["state"], cancelled["said"], cancelled["place"]) == ("CANCELLED", "You cancelled it.", None)
    assert cancelled["endedAt"]
