"""A POST that is sent again under its key is done once."""

import asyncio
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest

from backroad.kit import clock
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.idempotency import ABANDONED, KEPT, MOST, Kept, Taken, claim, keep
from backroad.kit.migrate import migrate
from tests.databases import database_url
from tests.web.test_api import DAY, word

PROBLEM = "application/problem+json"


def posted(client: httpx2.Client, key: str, text: str, **headers: str) -> httpx2.Response:
    note = {"kind": "day", "ref": DAY, "text": text}
    return client.post("/api/v1/notes", json=note, headers={"idempotency-key": key, **headers})


def found(client: httpx2.Client, text: str) -> int:
    return len(client.get("/api/v1/notes", params={"q": text, "limit": 100}).json()["items"])


def test_the_answer_is_given_again(client: httpx2.Client) -> None:
    key, text = str(uuid.uuid4()), word()
    first = posted(client, key, text)
    again = posted(client, key, text)
    quoted = posted(client, f'"{key}"', text)
    assert first.status_code == again.status_code == quoted.status_code == 201
    assert first.content == again.content == quoted.content
    for name in ("location", "etag", "content-type"):
        assert first.headers[name] == again.headers[name]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert found(client, text) == 1


def test_another_request_under_the_key(client: httpx2.Client) -> None:
    key, text = str(uuid.uuid4()), word()
    assert posted(client, key, text).status_code == 201
    other = posted(client, key, f"{text} and more")
    elsewhere = client.post("/api/v1/interviews", json={}, headers={"idempotency-key": key})
    for answer in (other, elsewhere):
        assert (answer.status_code, answer.headers["content-type"]) == (422, PROBLEM)
    assert found(client, text) == 1


def test_what_was_refused_can_be_mended(client: httpx2.Client) -> None:
    key, text = str(uuid.uuid4()), word()
    for body in (b"{", b'{"kind": "skill", "ref": "nowhere", "text": "a"}'):
        headers = {"idempotency-key": key, "content-type": "application/json"}
        assert client.post("/api/v1/notes", content=body, headers=headers).status_code in (400, 404)
    assert posted(client, key, text).status_code == 201
    assert posted(client, key, text).headers["idempotency-replayed"] == "true"


def test_many_at_once_are_done_once(client: httpx2.Client) -> None:
    key, text = str(uuid.uuid4()), word()
    with ThreadPoolExecutor(12) as pool:
        answers = list(pool.map(lambda _: posted(client, key, text), range(12)))
    statuses = {answer.status_code for answer in answers}
    assert statuses <= {201, 409}
    assert 201 in statuses
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert found(client, text) == 1
    assert posted(client, key, text).status_code == 201


@pytest.mark.parametrize("key", ["", '""', "a b", "a" * 256, '"', "\xe9"])
def test_what_is_no_key(client: httpx2.Client, key: str) -> None:
    text = word()
    note = {"kind": "day", "ref": DAY, "text": text}
    answer = client.post("/api/v1/notes", json=note, headers={"idempotency-key": key.encode("latin-1")})
    assert (answer.status_code, answer.headers["content-type"]) == (400, PROBLEM)
    assert found(client, text) == 0


def test_only_post_looks_at_it(client: httpx2.Client) -> None:
    key = str(uuid.uuid4())
    for _ in range(2):
        assert client.get("/api/v1/roads", headers={"idempotency-key": key}).status_code == 200
    made = posted(client, key, word()).json()
    for text in ("one", "two"):
        path = f"/api/v1/notes/{made['id']}"
        assert client.patch(path, json={"text": text}, headers={"idempotency-key": key}).json()["text"] == text


ALICE = Taken("alice", "key")


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    db = Database(database_url(tmp_path / "keys.db"))
    migrate(db)
    yield db
    db.close()


def test_people_are_kept_apart(db: Database) -> None:
    now = clock.now()
    db.run_now(lambda tx: claim(tx, ALICE, "a", now))
    assert db.run_now(lambda tx: claim(tx, Taken("bob", "key"), "b", now)) is None
    db.run_now(lambda tx: keep(tx, ALICE, Kept(201, {}, b"hers")))
    with pytest.raises(Problem) as being_handled:
        db.run_now(lambda tx: claim(tx, Taken("bob", "key"), "b", now))
    assert being_handled.value.status == 409


def test_a_key_is_over_after_a_day(db: Database) -> None:
    now = clock.now()
    db.run_now(lambda tx: claim(tx, ALICE, "a", now))
    db.run_now(lambda tx: keep(tx, ALICE, Kept(201, {"location": "/x"}, b"hers")))
    kept = db.run_now(lambda tx: claim(tx, ALICE, "a", now + KEPT))
    assert kept == Kept(201, {"location": "/x"}, b"hers")
    assert db.run_now(lambda tx: claim(tx, ALICE, "other", now + KEPT + timedelta(seconds=1))) is None


def test_a_key_of_a_dead_process_is_free_again(db: Database) -> None:
    now = clock.now()
    db.run_now(lambda tx: claim(tx, ALICE, "a", now))
    with pytest.raises(Problem, match="is being handled"):
        db.run_now(lambda tx: claim(tx, ALICE, "a", now + ABANDONED))
    assert db.run_now(lambda tx: claim(tx, ALICE, "a", now + ABANDONED + timedelta(seconds=1))) is None


def test_nobody_fills_the_disk_with_keys(db: Database) -> None:
    now = clock.now()

    def fill(tx: object) -> None:
        for number in range(MOST):
            claim(tx, Taken("alice", str(number)), "a", now)  # type: ignore[arg-type]

    db.run_now(fill)
    with pytest.raises(Problem) as refused:
        db.run_now(lambda tx: claim(tx, ALICE, "a", now))
    assert refused.value.status == 429
    assert db.run_now(lambda tx: claim(tx, Taken("bob", "key"), "b", now)) is None


def test_the_claim_is_made_by_one_of_many(db: Database) -> None:
    async def race() -> list[object]:
        now = clock.now()
        tries = [db.run(lambda tx: claim(tx, ALICE, "a", now)) for _ in range(8)]
        return list(await asyncio.gather(*tries, return_exceptions=True))

    outcomes = asyncio.run(race())
    assert outcomes.count(None) == 1
    assert sum(isinstance(one, Problem) for one in outcomes) == 7
