"""`backroad backup` and `backroad restore` as one types them, beside a server that runs."""

import json
from pathlib import Path

import pytest

from tests.server_mode import hosting
from tests.serving import backroad

pytestmark = pytest.mark.slow


def test_from_a_running_server_to_another_one(tmp_path: Path) -> None:
    """Everybody can sign in there, and finds what they had."""
    (tmp_path / "one").mkdir()
    with hosting(tmp_path / "one") as server:
        note = {"kind": "skill", "ref": "sql.joins", "text": "carried over"}
        assert server.alice.client.post("/api/v1/notes", json=note).status_code == 201
        made = backroad(server.home, "backup", str(tmp_path), "--json")
        assert made.returncode == 0, made.stderr
        said = json.loads(made.stdout)
        assert said["tables"]["note"] == 1
        assert Path(said["file"]).stat().st_size == said["bytes"]
    home = tmp_path / "two" / "home"
    home.parent.mkdir()
    restored = backroad(home, "restore", said["file"])
    assert restored.returncode == 0, restored.stderr
    assert restored.stdout.startswith(f"Restored {said['file']}, made at 2027-01-04T10:00:00+00:00 by Backroad ")
    with hosting(tmp_path / "two") as server:
        client = server.sign_in("alice")
        assert [one["text"] for one in client.get("/api/v1/notes").json()["items"]] == ["carried over"]
    again = backroad(home, "restore", said["file"])
    assert again.returncode == 1
    assert again.stderr.startswith("backroad: Nothing was restored, because ")
    assert "--replace" in again.stderr
    assert backroad(home, "restore", said["file"], "--replace").returncode == 0


def test_mistakes_are_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    other = tmp_path / "letter.txt"
    other.write_text("Dear reader")
    for arguments, said in (
        (["restore", str(tmp_path / "gone")], "cannot be read: No such file or directory"),
        (["restore", str(tmp_path)], "cannot be read: Is a directory"),
        (["restore", str(other)], "is not a backup of a Backroad server"),
        (["backup", str(other)], "is there already and is not a backup"),
        (["backup", str(tmp_path / "nowhere" / "file")], "cannot be written: No such file or directory"),
        (["backup", str(tmp_path / "new")], "Run: backroad migrate"),
    ):
        ended = backroad(home, *arguments)
        assert ended.returncode == 1, (arguments, ended.stderr)
        assert said in ended.stderr, ended.stderr
        assert len(ended.stderr.splitlines()) <= 2
    assert other.read_text() == "Dear reader"
    assert not (tmp_path / "new").exists()
