"""The schema: its history leads to what the code declares, and what cannot be read is told in one sentence."""

import sqlite3
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from backroad import app, migrations, product, settings
from backroad.accounts import actions as accounts
from backroad.kit.db import Database, metadata, sqlite_url
from backroad.kit.errors import Problem
from backroad.kit.migrate import migrate
from backroad.progress import actions as progress
from backroad.progress.model import Facts, NewEvidence
from tests.serving import backroad


def opened(home: Path) -> product.Product:
    return product.Product.open(settings.Settings(home))


def test_the_application_declares_every_table() -> None:
    """The comparison below is worth something only if every feature has registered its tables."""
    assert app.create_app.__module__ == "backroad.app"
    assert {"learner", "evidence", "note", "run", "plan_snapshot"} <= set(metadata.tables)


def test_the_history_leads_to_what_the_code_declares(tmp_path: Path) -> None:
    opened(tmp_path).close()
    db = Database(sqlite_url(tmp_path / "backroad.db"))

    def differences(tx: object) -> list[object]:
        options = {"include_name": lambda name, kind, _: not (kind == "table" and name.startswith("note_search"))}
        return list(compare_metadata(MigrationContext.configure(tx, opts=options), metadata))  # type: ignore[arg-type]

    assert db.run_now(differences) == []
    db.close()


def test_head_is_the_newest_step() -> None:
    folder = Path(migrations.__file__).parent
    assert ScriptDirectory(str(folder)).get_current_head() == migrations.HEAD


def test_migrating_again_changes_nothing(tmp_path: Path) -> None:
    opened(tmp_path).close()
    before = (tmp_path / "backroad.db").read_bytes()
    opened(tmp_path).close()
    assert (tmp_path / "backroad.db").read_bytes() == before


def test_down_and_up_again(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    made = opened(tmp_path)

    def down(tx: object) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = tx
        command.downgrade(config, "base")

    made.db.run_now(down)
    tables = made.db.run_now(
        lambda tx: set(tx.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'table'").scalars())
    )
    assert tables <= {"alembic_version"}
    migrate(made.db)
    made.close()


def test_a_learner_of_the_first_schema_gets_a_calendar_and_keeps_their_reviews(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    made = opened(tmp_path)
    now = datetime(2027, 3, 1, 12, tzinfo=UTC)
    answers = [("drill", "passed"), *[("review", "failed")] * 4]
    evidence = [
        NewEvidence(skill="sql.joins", source=source, ref="sql.joins/a", outcome=outcome, at=now + timedelta(days=day))  # type: ignore[arg-type]
        for day, (source, outcome) in enumerate(answers)
    ]

    def back_and_forth(tx: object) -> None:
        config = Config()
        config.set_main_option("script_location", str(Path(migrations.__file__).parent))
        config.attributes["connection"] = tx
        command.downgrade(config, "0001")
        tx.exec_driver_sql(  # type: ignore[attr-defined]
            "INSERT INTO learner (id, road, language, minutes, start, created_at, days_off, drop_optional) VALUES "
            "('local', 'canonical', 'go', '[60, 0, 0, 0, 0, 0, 0]', '2027-03-01', '2027-03-01 12:00:00', '[]', 0)"
        )
        command.upgrade(config, "head")

    made.db.run_now(lambda tx: progress.record(tx, "local", evidence, now=now + timedelta(days=9), facts=Facts()))
    before = made.db.run_now(lambda tx: progress.leeches(tx, "local"))
    made.db.run_now(back_and_forth)
    learner = made.db.run_now(accounts.the_learner)
    assert (learner.study_from, learner.retention, learner.reviews_a_day) == ("18:00", 90, 100)
    assert len(learner.calendar_token) >= 32
    made.db.run_now(lambda tx: progress.due_reviews(tx, "local", date(2027, 3, 9)))
    assert made.db.run_now(lambda tx: progress.leeches(tx, "local")) == before
    assert [card.lapses for card in before] == [4]
    made.close()


@pytest.mark.parametrize("target", ["nonsense", "0001; DROP TABLE note", "9999"])
def test_a_schema_that_is_not_there_is_refused(tmp_path: Path, target: str) -> None:
    made = opened(tmp_path)
    with pytest.raises(Problem, match="There is no schema"):
        migrate(made.db, target)
    made.close()
    opened(tmp_path).close()


@pytest.mark.slow
@pytest.mark.parametrize("command", [["today"], ["start", "--no-browser", "--port", "0"]])
def test_a_damaged_file_is_told_and_left_alone(tmp_path: Path, command: list[str]) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "backroad.db").write_bytes(b"not a database at all" * 100)
    command = [part if part != "0" else "18999" for part in command]
    ended = backroad(home, *command)
    assert ended.returncode == 1
    assert "The database file is damaged" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (home / "backroad.db").read_bytes() == b"not a database at all" * 100


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    opened(tmp_path).close()
    with sqlite3.connect(tmp_path / "backroad.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(Problem, match="written by a newer Backroad"):
        opened(tmp_path)


def test_a_folder_in_place_of_the_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "backroad.db").mkdir()
    with pytest.raises(Problem, match="cannot be opened"):
        opened(tmp_path)


def test_a_home_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Problem, match="cannot be made"):
        opened(tmp_path / "file" / "home")
