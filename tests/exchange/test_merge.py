"""Importing into an account that has something already, and all-or-nothing."""

import sqlite3
from datetime import timedelta

import pytest
from sqlalchemy import text

from backroad.exchange.parts import PARTS
from backroad.kit.errors import Problem
from backroad.notes import actions as notes
from backroad.progress import actions as progress
from tests.exchange.accounts import (
    NOW,
    SMALL,
    everything,
    evidence,
    exported,
    fill,
    imported,
    note,
    rows_of,
    run,
    settings,
)
from tests.exchange.conftest import MakeDb
from tests.exchange.forgery import with_field


def test_what_is_new_is_added_and_what_is_here_stays(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    fill(
        theirs,
        {
            "settings": [settings(road="other", deadline=None)],
            "evidence": [evidence("e1", seconds=99.0), evidence("e9", "sql.joins/full")],
            "notes": [note("n1", "My own words."), note("n9")],
            "runs": [run("r9")],
            "run-events": [{"run": "r9", "number": 1, "event": {"event": "x"}}],
        },
    )
    result = imported(theirs, exported(ours))
    assert rows_of(theirs, "settings")[0]["road"] == "other"
    assert {row["id"]: row["seconds"] for row in rows_of(theirs, "evidence")} == {"e1": 99.0, "e2": 31.5, "e9": 31.5}
    assert {row["id"]: row["text"][:2] for row in rows_of(theirs, "notes")} == {"n1": "My", "n2": "As", "n9": "A "}
    assert [row["id"] for row in rows_of(theirs, "runs")] == ["r1", "r9"]
    assert len(rows_of(theirs, "run-events")) == 3
    assert result.added == {
        "settings": 0,
        "evidence": 1,
        "activity": 2,
        "plans": 1,
        "wishes": 1,
        "placements": 1,
        "interviews": 1,
        "labs": 1,
        "runs": 1,
        "run-events": 2,
        "notes": 1,
    }
    assert result.kept == {**dict.fromkeys(result.added, 0), "settings": 1, "evidence": 1, "activity": 1, "notes": 1}


def test_a_second_import_changes_nothing(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    data = exported(ours)
    imported(theirs, data)
    before = everything(theirs)
    assert not any(imported(theirs, data).added.values())
    assert everything(theirs) == before


def test_a_run_that_is_here_keeps_its_own_events(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    fill(theirs, {"runs": [run("r1", state="running", report=None)]})
    result = imported(theirs, exported(ours))
    assert rows_of(theirs, "run-events") == []
    assert result.kept["run-events"] == 2


def test_replace_leaves_only_what_the_file_has(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    fill(
        theirs,
        {
            "settings": [settings(road="other")],
            "evidence": [evidence("e9")],
            "notes": [note("n9"), note("n1", "Mine.")],
            "runs": [run("r9")],
            "run-events": [{"run": "r9", "number": 1, "event": {"event": "x"}}],
        },
    )
    data = exported(ours)
    assert imported(theirs, data, replace=True).replaced
    assert everything(theirs) == everything(ours)
    assert exported(theirs) == data
    assert theirs.run_now(lambda tx: notes.search(tx, "local", "Mine")) == []


def test_replace_leaves_other_learners_alone(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    fill(theirs, {"notes": [note("bob1")], "runs": [run("bob2")], "evidence": [evidence("e1")]}, learner="bob")
    imported(theirs, exported(ours), replace=True)
    assert [row["id"] for part in ("notes", "runs", "evidence") for row in rows_of(theirs, part, "bob")] == [
        "bob1",
        "bob2",
        "e1",
    ]


def test_rows_of_a_foreign_learner_become_the_importing_learners(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    imported(theirs, exported(ours), learner="carol")
    for part in PARTS:
        assert len(rows_of(theirs, part.name, "carol")) == len(rows_of(ours, part.name))
        assert rows_of(theirs, part.name) == []


def test_a_row_that_is_another_learners_here_is_not_taken_over(make_db: MakeDb) -> None:
    db = make_db()
    fill(db, SMALL)
    before, data = everything(db), exported(db)
    with pytest.raises(Problem, match=r"runs\.json, row 1 is already here and belongs to another learner"):
        imported(db, data, learner="mallory")
    assert everything(db) == before


def test_standing_and_reviews_follow_from_all_the_evidence(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    answers = [evidence(f"e{n}", f"sql.joins/{name}") for n, name in enumerate(("a", "b", "c"))]
    fill(ours, {"evidence": answers[:2]})
    fill(theirs, {"evidence": answers[2:]})
    imported(theirs, exported(ours))
    now = NOW + timedelta(days=1)
    standing = theirs.run_now(lambda tx: progress.standings(tx, "local", now))["sql.joins"]
    assert (standing.level, standing.answered) == ("practised", 3)
    assert len(theirs.run_now(lambda tx: progress.due_reviews(tx, "local", now.date() + timedelta(days=30)))) == 3


def test_forged_cards_do_not_come_in(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    data = exported(ours)
    imported(theirs, with_field(data, "cards.json", "stability", 30_000.0))
    assert rows_of(theirs, "cards") == rows_of(ours, "cards")


FULL_SQLITE = ("CREATE TRIGGER filled BEFORE INSERT ON note BEGIN SELECT RAISE(ABORT, 'full'); END",)
FULL_POSTGRESQL = (
    "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'full'; END $$",
    "CREATE TRIGGER filled BEFORE INSERT ON note FOR EACH ROW EXECUTE FUNCTION refuse()",
)


def test_a_failure_at_the_very_end_changes_nothing(make_db: MakeDb) -> None:
    """The disk is full, say, when the last table is written."""
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    fill(theirs, {"evidence": [evidence("e9")], "notes": [note("n9")]})
    data, before = exported(ours), everything(theirs)
    for statement in FULL_SQLITE if theirs.is_sqlite else FULL_POSTGRESQL:
        theirs.run_now(lambda tx, statement=statement: tx.execute(text(statement)))
    for replace in (False, True):
        with pytest.raises(Exception, match="full"):
            imported(theirs, data, replace=replace)
        assert everything(theirs) == before
    if theirs.is_sqlite:
        file = str(theirs.engine.url.database)
        assert sqlite3.connect(file).execute("PRAGMA integrity_check").fetchone() == ("ok",)
