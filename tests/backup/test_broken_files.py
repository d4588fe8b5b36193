"""A file that is not what was written changes nothing, and is told apart by name."""

import io
import random
from pathlib import Path
from typing import Any

import pytest

from backroad.backup import frames
from backroad.backup.frames import CHUNK, FILE, MANIFEST, SUMMARY, FileHead, Manifest, Summary, Writer
from backroad.backup.restore import restore
from backroad.kit.errors import Problem
from backroad.migrations import HEAD
from tests.backup.conftest import Place, Places
from tests.backup.samples import files
from tests.backup.test_round_trip import backed_up


@pytest.fixture
def engine() -> str:
    return "sqlite"


@pytest.fixture
def target(places: Places) -> Place:
    return places("target", "sqlite")


def refused(target: Place, data: bytes) -> str:
    with pytest.raises(Problem) as told:
        restore(target.db, target.home, io.BytesIO(data), replace=False)
    assert files(target.home) == {}
    assert [path.name for path in target.home.glob(".restore-*")] == []
    with target.db.engine.connect() as tx:
        assert tx.exec_driver_sql("SELECT count(*) FROM sqlite_master").scalar() == 0
    return told.value.sentence


def test_every_changed_byte_is_noticed(lived_in: Place, target: Place) -> None:
    whole = backed_up(lived_in).getvalue()
    places = random.Random(4).sample(range(len(whole)), 60)
    for place in [*range(20), *places, len(whole) - 1]:
        changed = bytearray(whole)
        changed[place] ^= 0x10
        sentence = refused(target, bytes(changed))
        assert "damaged" in sentence or "not a backup" in sentence or "newer Backroad" in sentence, (place, sentence)


def test_every_cut_is_noticed(lived_in: Place, target: Place) -> None:
    whole = backed_up(lived_in).getvalue()
    for length in [0, 5, 18, 19, *random.Random(5).sample(range(20, len(whole)), 40), len(whole) - 1]:
        sentence = refused(target, whole[:length])
        assert "damaged" in sentence or "not a backup" in sentence, (length, sentence)
    assert "something follows its end" in refused(target, whole + whole[18:])


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04" + bytes(1000), b"SQLite format 3\0", b"backroad backup x\n"])
def test_other_files_are_named_as_such(target: Place, data: bytes) -> None:
    assert refused(target, data) == "The file is not a backup of a Backroad server."


def test_a_newer_format_is_named(target: Place) -> None:
    sentence = refused(target, b"backroad backup 7\nwhatever")
    assert sentence == "The backup was written by a newer Backroad (format 7; this version knows 1)."


def test_a_newer_schema_is_named(target: Place) -> None:
    sentence = refused(target, made((MANIFEST, Manifest("9.0", "9999", "", "sqlite")), (SUMMARY, Summary({}, 0))))
    assert sentence == f"The backup was made by a newer Backroad (schema 9999; this version knows up to {HEAD})."


def made(*parts: tuple[bytes, Any], seal: bool = True) -> bytes:
    out = io.BytesIO()
    writer = Writer(out)
    for kind, value in parts:
        writer.put(kind, value)
    if seal:
        writer.seal()
    return out.getvalue()


HEADED = (MANIFEST, Manifest("0.1.0", HEAD, "", "sqlite"))


@pytest.mark.parametrize(
    "path", [b"../out", b"/etc/out", b"a/../../out", b"", b"a//b", b".hidden", b"backroad.db", b"a\0b"]
)
def test_files_stay_below_the_folder(target: Place, path: bytes) -> None:
    data = made(HEADED, (FILE, FileHead(path, 0o644, 1)), (CHUNK, b"x"), (SUMMARY, Summary({}, 1)))
    assert "names a file that cannot be" in refused(target, data)
    assert not (target.home.parent / "out").exists()


def test_files_are_as_long_as_they_say(target: Place) -> None:
    file, end = (FILE, FileHead(b"a", 0o644, 2)), (SUMMARY, Summary({}, 1))
    assert "longer than it says" in refused(target, made(HEADED, file, (CHUNK, b"xyz"), end))
    assert "shorter than it says" in refused(target, made(HEADED, file, (CHUNK, b"x"), end))
    assert "longer than it says" in refused(target, made(HEADED, (CHUNK, b"x"), end))


def test_rows_are_as_many_as_they_say(target: Place) -> None:
    assert "other rows than it says" in refused(target, made(HEADED, (SUMMARY, Summary({"note": 1}, 0))))


def test_a_bomb_is_not_unpacked(target: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    data = made(HEADED, (CHUNK, bytes(5_000_000)), (SUMMARY, Summary({}, 0)))
    monkeypatch.setattr(frames, "LARGEST", 1_000_000)
    assert "unpacks to more than it may" in refused(target, data)


def test_a_backup_without_its_end_is_refused(target: Place) -> None:
    assert "its end is missing" in refused(target, made(HEADED, seal=False))


def test_it_is_for_its_owner_alone(lived_in: Place, tmp_path: Path) -> None:
    from tests.serving import backroad

    ended = backroad(lived_in.home, "backup", str(tmp_path / "a.backup"))
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "a.backup").stat().st_mode & 0o077 == 0
