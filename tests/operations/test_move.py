"""Everything moves between SQLite and PostgreSQL and back, and nothing is left half done."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, select, text

import backroad.app  # noqa: F401 (every feature's tables)
from backroad.kit.db import Database, metadata, sqlite_url
from backroad.kit.errors import Problem
from backroad.kit.migrate import migrate
from backroad.operations.move import move
from tests.exchange.accounts import SMALL, fill
from tests.postgresql import postgresql_url

pytestmark = pytest.mark.slow


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Database]:
    db = Database(sqlite_url(tmp_path / "backroad.db"))
    migrate(db)
    fill(db, SMALL)
    yield db
    db.close()


@pytest.fixture
def empty() -> Iterator[Database]:
    with postgresql_url() as url:
        db = Database(url)
        yield db
        db.close()


def rows(db: Database) -> dict[str, list[str]]:
    def read(tx: Any) -> dict[str, list[str]]:
        return {
            table.name: sorted(repr(tuple(row)) for row in tx.execute(select(table)))
            for table in metadata.sorted_tables
            if table.name != "touched"
        }

    return db.run_now(read)


def ignore(_name: str, _rows: int) -> None:
    pass


def test_there_and_back(lite: Database, empty: Database, tmp_path: Path) -> None:
    told: dict[str, int] = {}
    copied = move(lite, empty, told.__setitem__)
    assert copied == told
    assert copied["evidence"] > 0
    assert rows(empty) == rows(lite)
    back = Database(sqlite_url(tmp_path / "back.db"))
    move(empty, back, ignore)
    assert rows(back) == rows(lite)
    back.close()


def test_notes_are_found_after_the_move(lite: Database, empty: Database) -> None:
    from backroad.notes import actions

    move(lite, empty, ignore)
    word = SMALL["notes"][0]["text"].split()[0]
    found = [db.run_now(lambda tx: actions.search(tx, "local", word)) for db in (lite, empty)]
    assert found[0]
    assert {hit.note.id for hit in found[0]} == {hit.note.id for hit in found[1]}


def test_a_target_that_holds_something_is_left_alone(lite: Database, empty: Database) -> None:
    migrate(empty)
    fill(empty, {"notes": SMALL["notes"][:1]})
    before = rows(empty)
    with pytest.raises(Problem, match="is not empty: it has rows in memory, note"):
        move(lite, empty, ignore)
    assert rows(empty) == before


def test_a_move_that_breaks_leaves_the_target_empty(lite: Database, empty: Database) -> None:
    migrate(empty)
    for statement in (
        "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
        "CREATE TRIGGER filled BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION refuse()",
    ):
        empty.run_now(lambda tx, statement=statement: tx.execute(text(statement)))
    before = rows(empty)
    with pytest.raises(Exception, match="full"):
        move(lite, empty, ignore)
    assert rows(empty) == before


def test_an_older_schema_is_not_copied(lite: Database, empty: Database) -> None:
    migrate(lite, "0006")
    with pytest.raises(Problem, match="older schema"):
        move(lite, empty, ignore)


def test_up_and_down_on_postgresql(empty: Database) -> None:
    migrate(empty)
    fill(empty, SMALL)
    before = rows(empty)["evidence"]
    migrate(empty, "0006")
    migrate(empty)
    assert rows(empty)["evidence"] == before
    migrate(empty, "0001")
    migrate(empty)
    assert rows(empty)["evidence"] == before


def test_what_postgresql_has_is_what_the_code_declares(empty: Database) -> None:
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    def declared(name: str | None, kind: str, _: Any) -> bool:
        return (kind, name) not in {("column", "search"), ("index", "ix_note_search")}

    migrate(empty)
    options = {"include_name": declared}
    assert empty.run_now(lambda tx: compare_metadata(MigrationContext.configure(tx, opts=options), metadata)) == []


def test_an_unreachable_database_is_told_in_a_sentence() -> None:
    db = Database("postgresql+psycopg://nobody@127.0.0.1:1/none")
    with pytest.raises(Problem, match=r"The database cannot be reached\."):
        db.run_now(lambda tx: tx.execute(text("SELECT 1")))
    db.close()


def test_a_connection_that_broke_while_it_lay_idle_is_replaced(empty: Database) -> None:
    assert empty.run_now(lambda tx: tx.execute(text("SELECT 1")).scalar()) == 1
    other = create_engine(empty.url, isolation_level="AUTOCOMMIT")
    with other.connect() as tx:
        others = "pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database()"
        tx.execute(text(f"SELECT pg_terminate_backend(pid) FROM {others}"))
    other.dispose()
    assert empty.run_now(lambda tx: tx.execute(text("SELECT 1")).scalar()) == 1


def test_transactions_that_lose_a_deadlock_are_run_again(empty: Database) -> None:
    from concurrent.futures import ThreadPoolExecutor
    from threading import Barrier

    empty.run_now(lambda tx: tx.execute(text("CREATE TABLE t (id int PRIMARY KEY, n int)")))
    empty.run_now(lambda tx: tx.execute(text("INSERT INTO t VALUES (1, 0), (2, 0)")))
    together = Barrier(2, timeout=5)

    def add(first: int, second: int, meet: list[bool]) -> None:
        def both(tx: Any) -> None:
            tx.execute(text("UPDATE t SET n = n + 1 WHERE id = :id"), {"id": first})
            if meet:
                meet.pop()
                together.wait()
            tx.execute(text("UPDATE t SET n = n + 1 WHERE id = :id"), {"id": second})

        empty.run_now(both)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(add, 1, 2, [True]), pool.submit(add, 2, 1, [True])]:
            done.result(30)
    assert empty.run_now(lambda tx: tx.execute(text("SELECT min(n), max(n) FROM t")).one()) == (2, 2)
