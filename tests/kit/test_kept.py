"""What is kept is given again until the learner's rows change, whoever changes them."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import inspect, text

import backroad.app
from backroad.kit.db import Database, metadata, sqlite_url
from backroad.kit.kept import touched_table
from backroad.kit.migrate import migrate
from tests.postgresql import postgresql_url
from tests.server_mode import hosting
from tests.serving import Server, backroad, serving

WHOSE = {"learner": "id"}
"""Tables whose rows are a learner's by another column than `learner`."""
NOT_SHOWN = {"touched", "grading"}
"""What no kept answer is made of."""


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    db = Database(sqlite_url(tmp_path / "backroad.db"))
    migrate(db)
    yield db
    db.close()


def personal() -> dict[str, str]:
    found = {name: "learner" for name, table in metadata.tables.items() if "learner" in table.c}
    return {name: column for name, column in {**found, **WHOSE}.items() if name not in NOT_SHOWN}


def test_every_table_of_a_learner_moves_their_version_on_sqlite(lite: Database) -> None:
    found = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    triggers = set(lite.run_now(lambda tx: tx.execute(text(found)).scalars().all()))
    wanted = {f"touch_{name}_{write}" for name in personal() for write in ("insert", "update", "delete")}
    assert wanted <= triggers


@pytest.mark.slow
def test_every_table_of_a_learner_moves_their_version_on_postgresql() -> None:
    with postgresql_url() as url:
        db = Database(url)
        migrate(db)
        triggers = set(db.run_now(lambda tx: tx.execute(text("SELECT tgname FROM pg_trigger")).scalars().all()))
        db.close()
    assert {f"touch_{name}" for name in personal()} <= triggers


def write_and_look(db: Database) -> list[int]:
    """The version after nothing, an insert, an update and a delete."""

    def version() -> int:
        found = text("SELECT version FROM touched WHERE learner = 'ada'")
        return db.run_now(lambda tx: tx.execute(found).scalar()) or 0

    seen = [version()]
    for statement in (
        "INSERT INTO lab_start (learner, lab, folder, language, at) "
        "VALUES ('ada', 'todo', '/', 'go', '2027-01-04 10:00')",
        "UPDATE lab_start SET folder = '/home' WHERE learner = 'ada'",
        "DELETE FROM lab_start WHERE learner = 'ada'",
    ):
        db.run_now(lambda tx, statement=statement: tx.execute(text(statement)))
        seen.append(version())
    return seen


def test_each_write_moves_the_version(lite: Database) -> None:
    seen = write_and_look(lite)
    assert seen[0] == 0
    assert len(set(seen)) == 4


@pytest.mark.slow
def test_each_write_moves_the_version_on_postgresql() -> None:
    with postgresql_url() as url:
        db = Database(url)
        migrate(db)
        seen = write_and_look(db)
        db.close()
    assert len(set(seen)) == 4


def test_who_is_gone_leaves_no_version(lite: Database) -> None:
    """A deletion must not write down again whose rows it removed."""
    write_and_look(lite)
    lite.run_now(lambda tx: tx.execute(touched_table.delete()))
    lite.run_now(lambda tx: tx.execute(text("DELETE FROM lab_start WHERE learner = 'ada'")))
    assert lite.run_now(lambda tx: tx.execute(touched_table.select()).all()) == []


def test_the_triggers_go_with_a_downgrade(lite: Database) -> None:
    migrate(lite, "0012")
    assert not lite.run_now(lambda tx: inspect(tx).has_table("touched"))
    migrate(lite)
    assert write_and_look(lite)[-1]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with serving(tmp_path_factory.mktemp("kept") / "home") as running:
        running.settle()
        yield running


@pytest.mark.slow
def test_a_reader_sees_what_they_wrote(server: Server) -> None:
    with server.client() as client:
        for number in range(20):
            place = {"kind": "day", "ref": "2027-01-04", "text": f"Note {number}."}
            made = client.post("/api/v1/notes", json=place).json()
            assert client.get("/api/v1/notes").json()["items"][0]["id"] == made["id"]
            assert client.delete(f"/api/v1/notes/{made['id']}").status_code == 204
            assert made["id"] not in client.get("/api/v1/notes").text


@pytest.mark.slow
def test_a_reader_sees_what_another_process_wrote(server: Server) -> None:
    with server.client() as client:
        assert "From the terminal" not in client.get("/notes").text
        assert "From the terminal" not in client.get("/notes").text
        done = backroad(server.home, "note", "2027-01-04", "From the terminal")
        assert done.returncode == 0, done.stderr
        assert "From the terminal" in client.get("/notes").text


@pytest.mark.slow
def test_readers_at_once_see_what_they_wrote_on_postgresql(tmp_path: Path) -> None:
    """They are asked for together; each sees what it wrote before."""

    def write_and_read(client: httpx2.Client) -> int:
        seen = 0
        for number in range(15):
            made = client.post("/api/v1/notes", json={"kind": "day", "ref": "2027-01-04", "text": f"Note {number}."})
            seen += client.get("/api/v1/notes").json()["items"][0]["id"] == made.json()["id"]
            client.delete(f"/api/v1/notes/{made.json()['id']}")
            seen += made.json()["id"] not in client.get("/api/v1/notes").text
        return seen

    with postgresql_url() as url, hosting(tmp_path, database_url=url) as server:
        clients = [server.member(f"learner-{number}").client for number in range(6)]
        with ThreadPoolExecutor(6) as at_once:
            assert list(at_once.map(write_and_read, clients)) == [30] * 6


@pytest.mark.slow
def test_the_same_answer_again_has_the_same_headers(server: Server) -> None:
    with server.client() as client:
        for path in ("/", "/road", "/skills/sql.joins", "/api/v1/evidence"):
            first, second = client.get(path), client.get(path)
            assert first.content == second.content
            same = ("content-type", "cache-control", "etag", "content-security-policy")
            assert [first.headers.get(name) for name in same] == [second.headers.get(name) for name in same]


@pytest.mark.slow
def test_a_reader_sees_content_that_changed(server: Server) -> None:
    """It is nobody's row."""
    with server.client() as client:
        assert "My own way" not in client.get("/roads").text
        made = client.post("/api/v1/own-roads", json={"road": "canonical", "name": "My own way"})
        assert made.status_code == 201, made.text
        assert "My own way" in client.get("/roads").text
