"""`backroad export` and `backroad import` as processes, and the download."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from litestar import Litestar
from litestar.di import Provide
from litestar.testing import TestClient

from backroad.accounts import actions as accounts
from backroad.cli.exchange import export, import_
from backroad.exchange import pages
from backroad.identity.model import LOCAL, LOCAL_ACCESS
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from backroad.kit.http import on_problem
from backroad.kit.migrate import migrate
from tests.databases import settings_of
from tests.exchange.accounts import SMALL, everything, exported, fill, imported, note
from tests.exchange.conftest import MakeDb
from tests.serving import environment

pytestmark = pytest.mark.slow  # starts the command line


@pytest.mark.slow
def test_another_home_gets_everything_and_a_broken_file_nothing(tmp_path: Path) -> None:
    def backroad(home: str, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from backroad.cli import main; main()", *words],
            cwd=tmp_path,
            env={**os.environ, "BACKROAD_HOME": str(tmp_path / home), "BACKROAD_NOW": "2027-03-03T12:00:00+00:00"},
            capture_output=True,
            text=True,
            timeout=60,
        )

    home_of(tmp_path / "one")
    done = backroad("one", "export", "mine.zip", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    said = json.loads(done.stdout)
    assert said["counts"]["notes"] == 2
    assert said["bytes"] == (tmp_path / "mine.zip").stat().st_size
    (tmp_path / "half.zip").write_bytes((tmp_path / "mine.zip").read_bytes()[:-100])
    done = backroad("one", "import", "half.zip", "--replace")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[0] == "backroad: The file is not a zip archive, or only a part of one."
    done = backroad("two", "import", "mine.zip")
    assert (done.returncode, done.stderr) == (0, "")
    assert "Imported mine.zip." in done.stdout
    ours, theirs = (Database(settings_of(tmp_path / home).database_url) for home in ("one", "two"))
    assert exported(ours) == exported(theirs)
    ours.close()
    theirs.close()


def home_of(path: Path) -> None:
    path.mkdir()
    db = Database(settings_of(path).database_url)
    migrate(db)
    fill(db, SMALL)
    db.close()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home_of(tmp_path / "home")
    for name, value in environment(tmp_path / "home", "2027-03-03T12:00:00+00:00").items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_a_name_the_file_is_named_after_the_day(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export()
    (home / "backups").mkdir()
    export(Path("backups"))
    assert (home / "backroad-2027-03-03.zip").read_bytes() == (home / "backups/backroad-2027-03-03.zip").read_bytes()
    assert "Exported to backups/backroad-2027-03-03.zip (" in capsys.readouterr().out
    export()  # again, over the one before
    assert sorted(path.name for path in home.iterdir()) == ["backroad-2027-03-03.zip", "backups", "home"]


def test_what_import_says(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    export(Path("mine.zip"))
    capsys.readouterr()
    import_(Path("mine.zip"))
    said = capsys.readouterr().out
    assert "notes       0 new  2 were here already" in said
    import_(Path("mine.zip"), replace=True, as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert said["replaced"] is True
    assert said["added"]["notes"] == 2


def test_files_that_cannot_be_read_or_written(home: Path) -> None:
    (home / "letter.txt").write_text("Dear Ana")
    for path, words in (
        (Path("letter.txt"), "is there already and is not an export"),
        (Path("nowhere/mine.zip"), "nowhere/mine.zip cannot be written: No such file or directory."),
        (Path("letter.txt/mine.zip"), "letter.txt/mine.zip cannot be written: Not a directory."),
    ):
        with pytest.raises(Problem, match=words):
            export(path)
    assert (home / "letter.txt").read_text() == "Dear Ana"
    for path, words in ((Path("gone.zip"), "No such file"), (home, "Is a directory")):
        with pytest.raises(Problem, match=words):
            import_(path)


def test_a_failed_export_leaves_the_one_before(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    export(Path("mine.zip"))
    before = (home / "mine.zip").read_bytes()
    monkeypatch.setenv("BACKROAD_HOME", str(home / "empty"))
    with pytest.raises(Problem, match="nothing to export"):
        export(Path("mine.zip"))
    assert (home / "mine.zip").read_bytes() == before
    assert sorted(path.name for path in home.iterdir()) == ["empty", "home", "mine.zip"]


def test_the_download_is_the_export(make_db: MakeDb, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, {**SMALL, "notes": [note(f"n{n}", f"{n} " * 20_000) for n in range(40)]})
    monkeypatch.setenv("BACKROAD_NOW", "2027-03-03T12:00:00+00:00")
    learner = ours.run_now(lambda tx: accounts.the_learner(tx, LOCAL))
    app = Litestar(
        [pages.export],
        dependencies={
            "db": Provide(lambda: ours, sync_to_thread=False),
            "learner": Provide(lambda: learner, sync_to_thread=False),
            "access": Provide(lambda: LOCAL_ACCESS, sync_to_thread=False),
            "home": Provide(lambda: Path("nowhere"), sync_to_thread=False),
        },
        exception_handlers={Problem: on_problem},
    )
    with TestClient(app) as client:
        answer = client.get("/export")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/zip"
    assert answer.headers["content-disposition"] == 'attachment; filename="backroad-2027-03-03.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    (tmp_path / "x.zip").write_bytes(answer.content)
    assert zipfile.ZipFile(tmp_path / "x.zip").testzip() is None
    imported(theirs, answer.content)
    assert everything(theirs) == everything(ours)
