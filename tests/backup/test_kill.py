"""A restore that is killed leaves all of what was there, or all of what it brings; the next start clears up."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from backroad.backup import restore, staging
from backroad.kit.errors import Problem
from backroad.kit.migrate import migrate
from tests.backup.conftest import Place, Places
from tests.backup.samples import content, files, fill
from tests.backup.test_round_trip import backed_up
from tests.serving import COMMAND, environment

pytestmark = pytest.mark.slow
MOMENTS = (0.35, 0.5, 0.6, 0.7, 0.8, 0.88, 0.95)
"""Shares of the time that a restore takes."""


def restoring(target: Place, file: Path) -> subprocess.Popen[bytes]:
    command = [*COMMAND, "restore", str(file), "--replace"]
    return subprocess.Popen(
        command,
        env={**environment(target.home), **target.environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def test_killed_at_any_moment(lived_in: Place, places: Places, tmp_path: Path) -> None:
    fill_more(lived_in)
    file = tmp_path / "large.backup"
    file.write_bytes(backed_up(lived_in).getvalue())
    target = places("target", "sqlite" if lived_in.db.is_sqlite else "postgresql")
    migrate(target.db)
    fill(target.db, rows=1)
    (target.home / "content").mkdir()
    (target.home / "content" / "old.md").write_text("old")
    old = content(target.db), files(target.home)
    seconds = how_long(lived_in, places, file)
    new = (
        content(lived_in.db),
        {name: data for name, data in files(lived_in.home).items() if name != ".half-written.tmp"},
    )
    seen = []
    for moment in MOMENTS:
        process = restoring(target, file)
        time.sleep(seconds * moment)
        process.kill()
        process.communicate(timeout=30)
        restore.finish(target.db, target.home)
        found = content(target.db), files(target.home)
        assert found in (old, new), moment
        assert [path.name for path in target.home.glob(".restore-*")] == []
        seen.append(found == new)
        if seen[-1]:
            break
    assert not seen[0], "the first kill comes before anything can have happened"
    ended_well(restoring(target, file))
    assert (content(target.db), files(target.home)) == new


def ended_well(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said


def fill_more(place: Place) -> None:
    """Enough for a restore to take a while."""
    folder = place.home / "submissions" / "many"
    folder.mkdir()
    for number in range(60):
        (folder / f"{number}.bin").write_bytes(os.urandom(200_000))


def how_long(lived_in: Place, places: Places, file: Path) -> float:
    """Seconds that the command takes, whole."""
    other = places("measured", "sqlite" if lived_in.db.is_sqlite else "postgresql")
    began = time.monotonic()
    ended_well(restoring(other, file))
    return time.monotonic() - began


DIES = """
import os, signal, sys
from pathlib import Path
import backroad.app
from backroad.backup import restore, staging
from backroad.kit.db import Database
moved = Path.rename
def die_after(times):
    left = [times]
    def rename(self, target):
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        left[0] -= 1
        return moved(self, target)
    Path.rename = rename
die_after(int(sys.argv[4]))
with open(sys.argv[3], "rb") as file:
    restore.restore(Database(sys.argv[1]), Path(sys.argv[2]), file, replace=True)
"""


@pytest.mark.parametrize("renames", range(5))
def test_killed_while_files_change_places(lived_in: Place, places: Places, tmp_path: Path, renames: int) -> None:
    """The database has changed by then, so the next start ends what was begun: at each of its steps."""
    file = tmp_path / "server.backup"
    file.write_bytes(backed_up(lived_in).getvalue())
    target = places("target", "sqlite" if lived_in.db.is_sqlite else "postgresql")
    for name in ("content", "old"):
        (target.home / name).mkdir()
        (target.home / name / "old.md").write_text("old")
    command = [sys.executable, "-c", DIES, target.db.url, str(target.home), str(file), str(renames)]
    ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
    if renames == 4:  # two out of the way, two into place
        assert ended.returncode == 0, ended.stderr
    else:
        assert ended.returncode == -signal.SIGKILL, ended.stderr
        assert len(staging.begun(target.home)) == 1
    restore.finish(target.db, target.home)
    kept = files(lived_in.home)
    del kept[".half-written.tmp"]
    assert files(target.home) == kept
    assert content(target.db) == content(lived_in.db)


def test_nobody_starts_while_it_goes_on(places: Places) -> None:
    target = places("target", "sqlite")
    with staging.alone(target.home):
        staging.Staging(target.home, 1).make()
        with pytest.raises(Problem, match="is going on"):
            restore.finish(target.db, target.home)
    restore.finish(target.db, target.home)
    assert staging.begun(target.home) == {}
