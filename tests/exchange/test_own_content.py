"""Own content goes out with the learner's own export and comes back byte for byte; a forged file writes nothing."""

import hashlib
import io
import json
import zipfile
from pathlib import Path

import pytest

from backroad.curriculum.own import files
from backroad.exchange.actions import Imported, export_account, import_account
from backroad.exchange.read import Archive
from backroad.identity.model import LOCAL
from backroad.kit.db import Database
from backroad.kit.errors import Problem
from tests.exchange.accounts import FACTS, NOW, SMALL, everything, fill
from tests.exchange.conftest import MakeDb

FILES = {
    "areas.toml": b'[[area]]\nid = "team"\n',
    "resources.toml": b"",
    "roads/mine.toml": 'title = "Größe"\r\n# kept as it is \t\n'.encode(),
    "roads/broken.toml": b"\xff\xfe not text",
    "skills/team/flags/skill.toml": b"private = true\n",
    "skills/team/flags/lesson.md": b"x" * 60_000,
    "skills/team/flags/drills.toml": b"",
}


def write(folder: Path, content: dict[str, bytes]) -> Path:
    for name, data in content.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def read(folder: Path) -> dict[str, bytes]:
    return {name: path.read_bytes() for name, path in files(folder)}


def out(db: Database, own: Path | None) -> bytes:
    file = io.BytesIO()
    db.run_now(lambda tx: export_account(tx, LOCAL, file, NOW, own))
    return file.getvalue()


def take(db: Database, data: bytes, own: Path, *, replace: bool = False) -> Imported:
    archive = Archive(io.BytesIO(data))
    return db.run_now(lambda tx: import_account(tx, LOCAL, archive, replace=replace, facts=FACTS, own=own))


def test_it_comes_back_byte_for_byte_and_the_second_export_is_the_first(make_db: MakeDb, tmp_path: Path) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    mine = write(tmp_path / "mine", FILES)
    data = out(ours, mine)
    imported = take(theirs, data, tmp_path / "theirs")
    assert read(tmp_path / "theirs") == FILES
    assert imported.added["content"] == len(FILES)
    assert out(theirs, tmp_path / "theirs") == data
    assert everything(theirs)["evidence"] == everything(ours)["evidence"]


def test_own_content_alone_can_be_exported(make_db: MakeDb, tmp_path: Path) -> None:
    db = make_db()
    with pytest.raises(Problem, match="nothing to export"):
        out(db, tmp_path / "nothing")
    data = out(db, write(tmp_path / "mine", FILES))
    assert json.loads(zipfile.ZipFile(io.BytesIO(data)).read("manifest.json"))["counts"]["content"] == len(FILES)


def test_other_files_and_links_in_the_folder_stay_where_they_are(make_db: MakeDb, tmp_path: Path) -> None:
    mine = write(tmp_path / "mine", {**FILES, "draft.txt": b"x", "roads/UPPER.toml": b"x"})
    (mine / "roads/link.toml").symlink_to("/etc/passwd")
    write(tmp_path / "mine", {"roads/huge.toml": b"#" * 300_000})
    names = zipfile.ZipFile(io.BytesIO(out(make_db(), mine))).namelist()
    assert {name for name in names if name.startswith("content/")} == {f"content/{name}" for name in FILES}


def test_an_import_adds_files_and_keeps_those_that_are_there(make_db: MakeDb, tmp_path: Path) -> None:
    data = out(make_db(), write(tmp_path / "mine", FILES))
    theirs = write(tmp_path / "theirs", {"roads/mine.toml": b"theirs", "roads/other.toml": b"other"})
    imported = take(make_db(), data, theirs)
    assert read(theirs) == {**FILES, "roads/mine.toml": b"theirs", "roads/other.toml": b"other"}
    assert (imported.added["content"], imported.kept["content"]) == (len(FILES) - 1, 1)


def test_with_replace_there_is_just_what_the_file_holds(make_db: MakeDb, tmp_path: Path) -> None:
    data = out(make_db(), write(tmp_path / "mine", FILES))
    theirs = write(tmp_path / "theirs", {"roads/mine.toml": b"theirs", "skills/a/b/skill.toml": b"", "draft.txt": b"x"})
    take(make_db(), data, theirs, replace=True)
    assert read(theirs) == FILES
    assert (theirs / "draft.txt").exists()
    assert not (theirs / "skills/a").exists()


def forged(data: bytes, member: str, content: bytes = b"x", *, part: str = "content", honest: bool = True) -> bytes:
    """The export with one more member."""
    old, file = zipfile.ZipFile(io.BytesIO(data)), io.BytesIO()
    manifest = json.loads(old.read("manifest.json"))
    digest = hashlib.sha256(content if honest else b"other").hexdigest()
    manifest["members"].append({"name": member, "part": part, "rows": 1, "bytes": len(content), "sha256": digest})
    manifest["counts"][part] += 1
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in old.namelist():
            if name != "manifest.json":
                archive.writestr(name, old.read(name))
        archive.writestr(member, content)
        archive.writestr("manifest.json", json.dumps(manifest))
    return file.getvalue()


@pytest.mark.parametrize(
    ("member", "more", "sentence"),
    [
        ("content/../../evil.toml", {}, "is not part of an export"),
        ("content//etc/evil.toml", {}, "is not part of an export"),
        ("content/roads/../../evil.toml", {}, "is not part of an export"),
        ("content/roads/evil.sh", {}, "is not part of an export"),
        ("content/backroad.toml", {}, "is not a file of own content"),
        ("content/skills/a/b/evil.toml", {}, "is not a file of own content"),
        ("content/roads/-evil.toml", {}, "is not a file of own content"),
        ("notes/skill/evil.md", {}, "is not a file of own content"),
        ("content/roads/evil.toml", {"part": "notes"}, "is not a note's file"),
        ("content/roads/evil.toml", {"honest": False}, "its checksum differs"),
        ("content/roads/evil.toml", {"content": bytes(range(256)) * 1200}, "has more than 256 KiB"),
    ],
)
def test_a_forged_member_is_refused_and_nothing_is_changed(
    make_db: MakeDb, tmp_path: Path, member: str, more: dict[str, object], sentence: str
) -> None:
    ours, theirs = make_db(), make_db()
    fill(ours, SMALL)
    data = forged(out(ours, write(tmp_path / "mine", FILES)), member, **more)  # type: ignore[arg-type]
    home = write(tmp_path / "theirs", {"roads/old.toml": b"old"})
    before = everything(theirs)
    with pytest.raises(Problem, match=sentence):
        take(theirs, data, home, replace=True)
    assert read(home) == {"roads/old.toml": b"old"}
    assert everything(theirs) == before
    assert not list(tmp_path.rglob("evil*"))


def test_an_older_export_has_no_own_content_and_takes_none_away(make_db: MakeDb, tmp_path: Path) -> None:
    db = make_db()
    fill(db, SMALL)
    old, file = zipfile.ZipFile(io.BytesIO(out(db, None))), io.BytesIO()
    manifest = json.loads(old.read("manifest.json"))
    manifest["format"] = 2
    del manifest["counts"]["content"]
    with zipfile.ZipFile(file, "w") as archive:
        for name in old.namelist():
            archive.writestr(name, json.dumps(manifest) if name == "manifest.json" else old.read(name))
    home = write(tmp_path / "theirs", FILES)
    assert "content" not in take(make_db(), file.getvalue(), home, replace=True).added
    assert read(home) == FILES


def test_if_one_file_cannot_be_written_the_others_are_put_back(make_db: MakeDb, tmp_path: Path) -> None:
    data = out(make_db(), write(tmp_path / "mine", FILES))
    home = write(tmp_path / "theirs", {"areas.toml": b"theirs", "skills/team": b"a file in the way"})
    with pytest.raises(Problem, match="cannot be written"):
        take(make_db(), data, home, replace=True)
    assert read(home) == {"areas.toml": b"theirs"}
