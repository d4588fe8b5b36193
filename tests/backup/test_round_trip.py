"""What was backed up is there again after a restore: every row, every file, on either database."""

import io
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from backroad.backup.kinds import tables
from backroad.backup.make import backup
from backroad.backup.restore import restore
from backroad.kit.db import Database, metadata
from backroad.kit.errors import Problem
from backroad.kit.migrate import migrate, move, revision
from backroad.migrations import HEAD
from backroad.notes import actions as notes
from tests.backup.conftest import Place, Places
from tests.backup.samples import content, files, fill

NOW = datetime(2027, 1, 4, 10, tzinfo=UTC)


def backed_up(place: Place) -> io.BytesIO:
    """In a file, since that is how it is done."""
    path = place.home.parent / "server.backup"
    with path.open("wb") as out:
        backup(place.db, place.home, out, NOW)
    return io.BytesIO(path.read_bytes())


@pytest.mark.parametrize("to", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_every_row_and_file_comes_back(lived_in: Place, places: Places, to: str) -> None:
    kept = files(lived_in.home)
    del kept[".half-written.tmp"]
    target = places("target", to)
    manifest, summary = restore(target.db, target.home, backed_up(lived_in), replace=False)
    assert content(target.db) == content(lived_in.db)
    assert files(target.home) == kept
    assert stat.S_IMODE((target.home / "submissions" / "run.sh").stat().st_mode) == 0o755
    assert (manifest.schema, manifest.made_at, summary.files) == (HEAD, NOW.isoformat(), 4)
    assert summary.tables == {table.name: 3 for table in tables()}
    assert target.db.run_now(revision) == HEAD


def test_what_is_found_by_words_is_found_again(places: Places, engine: str) -> None:
    source, target = places("source", engine), places("target", engine)
    migrate(source.db)
    said = ("skill", "sql.joins", "Hash joins need memory.")
    source.db.run_now(lambda tx: notes.add(tx, "local", *said, NOW, lambda kind, ref: True))
    restore(target.db, target.home, backed_up(source), replace=False)
    found = target.db.run_now(lambda tx: notes.search(tx, "local", "memory"))
    assert len(found) == 1


def test_nothing_is_restored_over_what_is_there(lived_in: Place, places: Places, engine: str) -> None:
    file, target = backed_up(lived_in), places("target", engine)
    migrate(target.db)
    fill(target.db, rows=1)
    before = content(target.db)
    with pytest.raises(Problem, match="the database holds rows") as told:
        restore(target.db, target.home, file, replace=False)
    assert told.value.status == 409
    assert content(target.db) == before
    assert files(target.home) == {}
    restore(target.db, target.home, file, replace=True)
    assert content(target.db) == content(lived_in.db)


def test_files_that_are_there_stay_unless_they_are_replaced(lived_in: Place, places: Places) -> None:
    file, target = backed_up(lived_in), places("target", "sqlite")
    (target.home / "content").mkdir()
    (target.home / "content" / "other.md").write_text("mine")
    with pytest.raises(Problem, match="holds files"):
        restore(target.db, target.home, file, replace=False)
    assert files(target.home) == {"content/other.md": b"mine"}
    restore(target.db, target.home, file, replace=True)
    assert "content/other.md" not in files(target.home)
    assert [path.name for path in target.home.glob(".restore-*")] == []


def test_a_backup_of_an_older_schema_is_brought_up(lived_in: Place, places: Places, engine: str) -> None:
    """As it will be in a year: the file knows its schema, and the steps since then are taken on its rows."""
    older = "0006"
    source, target = places("older", engine), places("target", engine)
    source.db.run_now(lambda tx: move(tx, older))
    source.db.run_now(_one_note)
    file = _as_written_by(source, older)
    restore(target.db, target.home, file, replace=False)
    assert target.db.run_now(revision) == HEAD
    assert target.db.run_now(lambda tx: tx.execute(text("SELECT text FROM note")).scalars().all()) == ["kept"]


def _one_note(tx: Connection) -> None:
    moment = "2027-01-04 10:00:00.000000" if tx.dialect.name == "sqlite" else "2027-01-04 10:00:00+00"
    values = {"id": "1", "learner": "local", "kind": "skill", "ref": "a.b", "text": "kept", "at": moment}
    columns = "id, learner, kind, ref, text, created_at, changed_at"
    tx.execute(text(f"INSERT INTO note ({columns}) VALUES (:id, :learner, :kind, :ref, :text, :at, :at)"), values)


def _as_written_by(place: Place, schema: str) -> io.BytesIO:
    """A backup of the tables that both know, in the form of today."""
    from backroad.backup import frames
    from backroad.backup.kinds import head_of, packer

    out = io.BytesIO()
    writer = frames.Writer(out)
    writer.put(frames.MANIFEST, frames.Manifest("0.1.0", schema, NOW.isoformat(), "sqlite"))
    table = metadata.tables["note"]
    head = head_of(table)
    writer.put(frames.TABLE, head)
    with place.db.engine.connect() as tx:
        count = writer.put_rows(packer(head)(row) for row in tx.execute(table.select()))
    writer.put(frames.SUMMARY, frames.Summary({"note": count}, 0))
    writer.seal()
    return out


def test_an_old_schema_is_not_backed_up_half_known(places: Places, engine: str, tmp_path: Path) -> None:
    place = places("old", engine)
    place.db.run_now(lambda tx: move(tx, "0006"))
    with pytest.raises(Problem, match="schema 0006") as told:
        backed_up(place)
    assert "backroad migrate" in told.value.hint


def test_writers_need_not_wait_for_a_backup(lived_in: Place) -> None:
    """Changes that come while it is written are not in it, and are not held up."""
    from backroad.backup import postgresql, sqlite

    engine = sqlite if lived_in.db.is_sqlite else postgresql
    other = Database(lived_in.db.url)
    with engine.snapshot(lived_in.db, lived_in.home) as tx:
        tx.execute(text("SELECT 1"))
        other.run_now(lambda writing: writing.execute(text("DELETE FROM note")))
        assert tx.execute(text("SELECT count(*) FROM note")).scalar() == 3
    assert other.run_now(lambda reading: reading.execute(text("SELECT count(*) FROM note")).scalar()) == 0
    other.close()
