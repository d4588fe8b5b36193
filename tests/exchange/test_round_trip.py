"""Whatever is in an account comes out, goes in elsewhere, and comes out the same."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as tuned

from backroad.exchange.parts import PARTS
from backroad.kit.db import Database
from backroad.notes import actions as notes
from tests.exchange.accounts import (
    NOW,
    SMALL,
    Account,
    all_accounts,
    empty,
    everything,
    exported,
    fill,
    imported,
    note,
    rows_of,
    run,
)
from tests.exchange.conftest import MakeDb

pytestmark = pytest.mark.slow  # many generated cases


@pytest.fixture(scope="module")
def pair(make_db: MakeDb) -> tuple[Database, Database]:
    return make_db(), make_db()


@given(all_accounts())
@tuned(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_any_account_comes_back_byte_for_byte(pair: tuple[Database, Database], account: Account) -> None:
    ours, theirs = pair
    for db in pair:
        empty(db)
    fill(ours, account)
    data = exported(ours)
    imported(theirs, data)
    assert exported(theirs) == data
    assert everything(theirs) == everything(ours)


def test_every_row_is_the_row_that_was_exported(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    result = imported(theirs, exported(ours))
    for part in PARTS:
        assert rows_of(theirs, part.name) == rows_of(ours, part.name)
        assert part.derived or result.added[part.name] == len(rows_of(ours, part.name))
    assert everything(theirs) == everything(ours)


def test_notes_can_be_found_after_an_import(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    imported(theirs, exported(ours))
    hits = theirs.run_now(lambda tx: notes.search(tx, "local", "left joi"))
    assert [hit.note.id for hit in hits] == ["n1"]


def test_the_same_moment_gives_the_same_bytes_and_another_changes_only_the_manifest(make_db: MakeDb) -> None:
    db = make_db()
    fill(db, SMALL)
    first, later = (zipfile.ZipFile(io.BytesIO(exported(db, now=now))) for now in (NOW, NOW + timedelta(days=1)))
    assert exported(db) == exported(db)
    assert [n for n in first.namelist() if first.read(n) != later.read(n)] == ["manifest.json"]


def test_what_a_person_sees_in_the_zip(make_db: MakeDb) -> None:
    db = make_db()
    fill(db, SMALL)
    archive = zipfile.ZipFile(io.BytesIO(exported(db)))
    assert archive.namelist() == [
        "settings.json",
        "evidence.json",
        "activity.json",
        "cards.json",
        "plans.json",
        "wishes.json",
        "placements.json",
        "interviews.json",
        "labs.json",
        "runs.json",
        "run-events.json",
        "notes/skill/sql.joins--n1.md",
        "notes/day/2027-03-04--n2.md",
        "manifest.json",
    ]
    assert archive.read("notes/skill/sql.joins--n1.md").decode() == (
        '---\nid: "n1"\nkind: "skill"\nref: "sql.joins"\n'
        'created_at: "2027-03-03T10:30:00Z"\nchanged_at: "2027-03-03T10:30:00Z"\n---\n\n'
        "A *left* join keeps all rows.\n"
    )
    manifest = json.loads(archive.read("manifest.json"))
    assert manifest["format"] == 4
    assert manifest["learner"] == "local"
    assert manifest["counts"]["evidence"] == 2
    evidence = archive.read("evidence.json").decode().splitlines()
    assert [line.rstrip(",") for line in evidence[1:-1]] == [
        json.dumps(row, separators=(",", ":")) for row in json.loads(archive.read("evidence.json"))
    ]


def test_a_part_that_is_long_goes_on_in_a_next_member(make_db: MakeDb, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, {**SMALL, "run-events": [{"run": "r1", "number": n, "event": {"event": "x"}} for n in range(1, 300)]})
    monkeypatch.setattr("backroad.exchange.write.CHUNK", 5_000)
    data = exported(ours)
    assert "run-events-2.json" in zipfile.ZipFile(io.BytesIO(data)).namelist()
    imported(theirs, data)
    assert exported(theirs) == data


def test_data_that_compresses_like_a_bomb_can_still_be_imported(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, {"runs": [run("r1", said="x" * 3_000_000)], "notes": [note("n1", "y" * 100_000)]})
    data = exported(ours)
    imported(theirs, data)
    assert exported(theirs) == data


def test_a_number_that_json_does_not_have_becomes_null(make_db: MakeDb) -> None:
    ours, theirs = make_db(), make_db()
    report = {**run("r1")["report"], "odd": [float("nan"), {"x": float("inf")}, 1.5]}
    fill(ours, {"runs": [run("r1", report=report)]})
    imported(theirs, exported(ours))
    assert rows_of(theirs, "runs")[0]["report"]["odd"] == [None, {"x": None}, 1.5]


def test_an_empty_account_is_not_exported(make_db: MakeDb) -> None:
    with pytest.raises(Exception, match="There is nothing to export yet"):
        exported(make_db())
