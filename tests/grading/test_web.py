"""Submissions over REST and on their page: Alice hands in, Bob sees nothing of it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from backroad.grading import actions, leasing
from backroad.grading.model import Lease
from backroad.grading.packing import pack
from backroad.identity import tokens
from backroad.kit.paths import labs_dir
from backroad.progress import actions as progress
from tests.grading.samples import FACTS, add, archive, toy_folder
from tests.grading.test_queue import report
from tests.server_mode import Hosted, Member

TODO = 'lab = "todo"\n[server]\nstart = "python3 app.py"\n'
GZIP = {"content-type": "application/gzip"}


@pytest.fixture
def alice(hosted: Hosted) -> Iterator[Member]:
    """With nothing waiting before and after."""
    yield hosted.alice
    for item in items(hosted.alice):
        hosted.alice.client.delete(f"/api/v1/submissions/{item['id']}")


def items(who: Member) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = who.client.get("/api/v1/submissions?limit=100").json()["items"]
    return found


def hand_in(who: Member, place: Path, text: str = "", **query: str) -> httpx2.Response:
    data = pack(toy_folder(place, toml=TODO, app=f"# {place}{text}\n")).data
    return who.client.post("/api/v1/submissions", content=data, headers=GZIP, params={"name": "my todo", **query})


def take(hosted: Hosted) -> Lease:
    lease = hosted.db.run_now(lambda tx: leasing.take(tx, "tests"))
    assert lease is not None
    return lease


def end(hosted: Hosted, lease: Lease) -> None:
    assert hosted.db.run_now(
        lambda tx: actions.end(tx, lease, report(), seed="SEED", provenance="supervised", now=hosted.now, facts=FACTS)
    )


def test_the_way_of_a_submission(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    answer = hand_in(alice, tmp_path / "a")
    assert answer.status_code == 201, answer.text
    item = answer.json()
    assert answer.headers["location"] == f"/api/v1/submissions/{item['id']}"
    assert (item["lab"], item["name"], item["state"], item["run"]) == ("todo", "my todo", "waiting", None)
    assert item["place"]["number"] == 1
    assert item["place"]["why"] in ("No grader is at work.", "")
    page = alice.client.get("/submissions")
    assert page.status_code == 200
    assert "my todo" in page.text
    assert "next; no grader is at work" in page.text
    lease = take(hosted)
    run = hosted.db.run_now(lambda tx: leasing.begin(tx, lease, "hidden", hosted.now))
    item = alice.client.get(answer.headers["location"]).json()
    assert (item["state"], item["run"], item["place"]["number"]) == ("running", run.id, 0)
    assert alice.client.get(f"/runs/{run.id}").status_code == 200
    end(hosted, lease)
    item = alice.client.get(answer.headers["location"]).json()
    assert (item["state"], item["place"], item["said"]) == ("graded", None, "")
    kept = alice.client.get(f"/api/v1/runs/{item['run']}").json()
    assert (kept["state"], kept["seed"], kept["summary"]["passed"]) == ("finished", "SEED", 1)
    evidence = hosted.db.run_now(lambda tx: progress.newest_evidence(tx, alice.id, 1))
    assert evidence[0].provenance == "supervised"


def test_others_see_and_change_nothing(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    path = hand_in(alice, tmp_path / "a").headers["location"]
    for other in (hosted.bob, hosted.carol):
        assert other.client.get(path).status_code == 404
        assert other.client.delete(path).status_code == 404
        page = path.removeprefix("/api/v1")
        assert other.client.post(page, data={"do": "cancel"}).status_code == 404
        assert path.rpartition("/")[2] not in [item["id"] for item in items(other)]
    with hosted.client() as stranger:
        for answer in (stranger.get(path), stranger.delete(path), stranger.post("/api/v1/submissions", headers=GZIP)):
            assert answer.status_code == 401
    assert alice.client.get(path).json()["state"] == "waiting"


def test_cancelling(alice: Member, tmp_path: Path) -> None:
    path = hand_in(alice, tmp_path / "a").headers["location"]
    assert alice.client.delete(path).status_code == 204
    assert alice.client.delete(path).status_code == 409
    assert alice.client.get(path).json()["state"] == "cancelled"
    path = hand_in(alice, tmp_path / "b").headers["location"]
    page = path.removeprefix("/api/v1")
    assert alice.client.post(page, data={"do": "dance"}).status_code == 400
    answer = alice.client.post(page, data={"do": "cancel"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/submissions")
    assert "You cancelled it." in alice.client.get("/submissions").text


@pytest.mark.parametrize(
    ("content", "media_type", "status", "said"),
    [
        (b"{}", "application/json", 415, "tar archive"),
        (b"", "application/gzip", 422, "not a tar archive"),
        (b"hello", "application/gzip", 422, "not a tar archive"),
        (b"\0" * (21 << 20), "application/gzip", 413, "too large"),
        (archive(lambda tar: add(tar, "../x", b"x"), toml=TODO), "application/gzip", 422, "leads out"),
        (archive(lambda tar: None, toml=None), "application/gzip", 422, "no backroad.toml"),
        (archive(lambda tar: None, toml='lab = "x"\n[server]\nstart = "y"\n'), "application/gzip", 404, "no lab"),
    ],
    ids=["json", "empty", "text", "large", "hostile", "no toml", "no lab"],
)
def test_bad_uploads(alice: Member, content: bytes, media_type: str, status: int, said: str) -> None:
    answer = alice.client.post("/api/v1/submissions", content=content, headers={"content-type": media_type})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert said in answer.json()["detail"]


def test_pages_of_the_list(alice: Member, tmp_path: Path) -> None:
    made = []
    for number in range(3):
        answer = hand_in(alice, tmp_path / str(number))
        made.append(answer.json()["id"])
        alice.client.delete(answer.headers["location"])
    first = alice.client.get("/api/v1/submissions?limit=2&lab=todo").json()
    assert [item["id"] for item in first["items"]] == made[:0:-1]
    second = alice.client.get("/api/v1/submissions", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert second["items"][0]["id"] == made[0]
    assert alice.client.get("/api/v1/submissions?lab=shop").json()["items"] == []
    assert alice.client.get("/api/v1/submissions?cursor=x").status_code == 400


def test_a_token_needs_the_scope(hosted: Hosted, alice: Member, tmp_path: Path) -> None:
    data = pack(toy_folder(tmp_path / "a", toml=TODO)).data
    for scopes, status in ((["read"], 403), (["read", "write"], 403), (["submit"], 201)):
        _, word = hosted.db.run_now(lambda tx, scopes=scopes: tokens.make(tx, alice.person, "ci", scopes, hosted.now))
        with hosted.client(headers={"authorization": f"Bearer {word}"}) as client:
            assert client.post("/api/v1/submissions", content=data, headers=GZIP).status_code == status, scopes


def test_the_document_says_what_the_body_is(hosted: Hosted, alice: Member) -> None:
    document = alice.client.get("/api/v1/openapi/openapi.json").json()
    body = document["paths"]["/api/v1/submissions"]["post"]["requestBody"]
    assert list(body["content"]) == ["application/gzip"]
    assert body["content"]["application/gzip"]["schema"] == {"type": "string", "format": "binary"}


def test_the_labs_that_ship_have_versions() -> None:
    from backroad.grading.intake import lab_hash
    from backroad.labs.library import LabLibrary

    library = LabLibrary(labs_dir())
    hashes = [lab_hash(library.get(slug)) for slug in library.slugs]
    assert len(set(hashes)) == len(library.slugs)
