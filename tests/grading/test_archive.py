"""Archives are hostile until looked through; a folder always packs to the same bytes."""

import gzip
import io
import os
import subprocess
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest

from backroad.grading.archive import MOST_FILES, look, members, unpack
from backroad.grading.intake import take_in
from backroad.grading.model import MOST_UPLOADED
from backroad.grading.packing import pack
from backroad.kit.errors import Problem
from backroad.labs.library import LabLibrary
from tests.grading.samples import TOML, add, archive, toy_folder

Fill = Callable[[tarfile.TarFile], None]


def entry(name: str, content: bytes = b"x", **fields: object) -> Fill:
    return lambda tar: add(tar, name, content, **fields)


def twice(tar: tarfile.TarFile) -> None:
    add(tar, "a", b"1")
    add(tar, "a", b"2")


def file_as_folder(tar: tarfile.TarFile) -> None:
    add(tar, "a", b"1")
    add(tar, "a/b", b"2")


def folder_as_file(tar: tarfile.TarFile) -> None:
    add(tar, "a/b", b"2")
    add(tar, "a", b"1")


HOSTILE = {
    "absolute": (entry("/etc/passwd"), "leads out"),
    "up": (entry("../x"), "leads out"),
    "up inside": (entry("a/../../x"), "leads out"),
    "dot": (entry("a/./x"), "leads out"),
    "backslash": (entry("..\\x"), "leads out"),
    "empty part": (entry("a//x"), "leads out"),
    "symlink": (entry("a", b"", type=tarfile.SYMTYPE, linkname="/etc/passwd"), "is a link"),
    "hard link": (entry("a", b"", type=tarfile.LNKTYPE, linkname="backroad.toml"), "is a link"),
    "device": (entry("a", b"", type=tarfile.CHRTYPE, devmajor=1, devminor=3), "no plain file"),
    "pipe": (entry("a", b"", type=tarfile.FIFOTYPE), "no plain file"),
    "twice": (twice, "there twice"),
    "file and folder": (file_as_folder, "there twice"),
    "folder and file": (folder_as_file, "there twice"),
    "control character": (entry("a\x1b[2J"), "control characters"),
    "long": (entry("a" * 250), "too long"),
    "deep": (entry("a/" * 40 + "x"), "too long"),
    "secret": (entry(".env"), "does not belong"),
    "secret below": (entry("config/.env.production"), "does not belong"),
    "dependencies": (entry("node_modules/left-pad/index.js"), "does not belong"),
    "history": (entry(".git/config"), "does not belong"),
    "many": (lambda tar: [add(tar, f"f{n}") for n in range(MOST_FILES + 1)], "more than"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_archives_are_refused_and_nothing_is_written(name: str, tmp_path: Path) -> None:
    fill, said = HOSTILE[name]
    data = archive(fill)  # type: ignore[arg-type]
    with pytest.raises(Problem, match=said) as refused:
        look(data)
    assert refused.value.status in (413, 422)
    inside = tmp_path / "inside"
    inside.mkdir()
    with pytest.raises(Problem):
        unpack(data, inside)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    assert all(path.is_dir() or path.is_file() for path in inside.rglob("*"))
    assert not any(path.is_symlink() for path in inside.rglob("*"))


@pytest.mark.parametrize(
    "data",
    [b"", b"hello", gzip.compress(b"hello"), gzip.compress(b"\0" * 20_000)[:-9], archive(entry("x", b"y" * 99))[:-9]],
    ids=["empty", "text", "no tar", "cut end", "cut middle"],
)  # fmt: skip
def test_what_is_no_archive_is_told(data: bytes) -> None:
    with pytest.raises(Problem, match=r"not a tar archive|no backroad.toml"):
        look(data)


def test_a_bomb_is_not_unpacked() -> None:
    squeeze = zlib.compressobj(9, wbits=31)
    header = tarfile.TarInfo("zeros")
    header.size = 3 * 1024**3
    parts = [squeeze.compress(header.tobuf())]
    parts += [squeeze.compress(b"\0" * (1 << 20)) for _ in range(400)]
    bomb = b"".join([*parts, squeeze.flush()])
    assert len(bomb) < 1 << 20
    with pytest.raises(Problem, match="unpacks to more than") as refused:
        look(bomb)
    assert refused.value.status == 413


def test_a_bomb_behind_the_end_counts_too() -> None:
    end = io.BytesIO()
    with tarfile.open(fileobj=end, mode="w") as tar:
        add(tar, "backroad.toml", TOML.encode())
    with pytest.raises(Problem, match="unpacks to more than"):
        look(gzip.compress(end.getvalue() + b"\0" * (300 << 20)))


def test_too_large_an_upload_is_refused_unread() -> None:
    with pytest.raises(Problem, match="more than 20 MiB") as refused:
        look(b"\0" * (MOST_UPLOADED + 1))
    assert refused.value.status == 413


def test_a_sparse_file_is_refused(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse"
    with sparse.open("wb") as file:
        file.truncate(50 << 20)
    out = tmp_path / "out.tar"
    subprocess.run(["tar", "--sparse", "--format=gnu", "-C", str(tmp_path), "-cf", str(out), "sparse"], check=True)
    with pytest.raises(Problem, match="no plain file"):
        list(members(gzip.compress(out.read_bytes())))


def test_the_same_folder_gives_the_same_bytes_and_content(tmp_path: Path) -> None:
    one, other = toy_folder(tmp_path / "one"), toy_folder(tmp_path / "other")
    os.utime(other / "app.py", (1, 1))
    assert pack(one).data == pack(other).data
    (other / "app.py").chmod(0o755)
    assert look(pack(one).data).content != look(pack(other).data).content
    elsewhere = archive(lambda tar: add(tar, "app.py", (one / "app.py").read_bytes(), mtime=77, mode=0o644, uid=5))
    assert look(elsewhere).content == look(pack(one).data).content, "who packed it, and when, does not matter"


def test_what_was_packed_unpacks_to_the_same(tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "one")
    (folder / "bin").mkdir()
    (folder / "bin" / "run me").write_text("#!/bin/sh\n")
    (folder / "bin" / "run me").chmod(0o700)
    (folder / "größe.txt").write_text("ü")
    packed = pack(folder)
    assert packed.files == ("app.py", "backroad.toml", "bin/run me", "größe.txt")
    copy = tmp_path / "copy"
    copy.mkdir()
    unpack(packed.data, copy)
    assert pack(copy).data == packed.data
    assert os.access(copy / "bin" / "run me", os.X_OK)


def test_what_is_made_again_or_secret_or_ignored_is_left_out(tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "one")
    for name in (
        "node_modules/x.js", ".git/HEAD", ".venv/bin/python", ".env", ".env.local", ".env.example", "dist/app.js",
        "data/a.db", "data/keep.sql", "sub/secret.txt", "secret.txt", "Dockerfile",
    ):  # fmt: skip
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")
    (folder / ".gitignore").write_text("dist/\n*.db\n/secret.txt\n")
    (folder / ".dockerignore").write_text("Dockerfile\n")
    (folder / ".backroadignore").write_text("!dist/\n")
    assert set(pack(folder).files) == {
        ".backroadignore", ".dockerignore", ".env.example", ".gitignore", "Dockerfile", "app.py", "backroad.toml",
        "data/keep.sql", "dist/app.js", "sub/secret.txt",
    }  # fmt: skip


def test_a_link_is_named_when_packing(tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "one")
    (folder / "link").symlink_to("/etc/passwd")
    with pytest.raises(Problem, match="is a link"):
        pack(folder)
    (folder / ".backroadignore").write_text("link\n")
    assert "link" not in pack(folder).files


def test_a_folder_without_backroad_toml_cannot_be_packed(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"no backroad\.toml"):
        pack(tmp_path)


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("lab = 3\n", "lab"),
        ("lab = [\n", "TOML"),
        ('[server]\nstart = "x"\n', "does not say which lab"),
        ('lab = "nothing"\n[server]\nstart = "x"\n', "no lab called"),
        ('lab = "toylab"\nurl = "http://127.0.0.1:1"\n', "gives a url"),
        ('lab = "toylab"\n', "start"),
    ],
)
def test_what_backroad_toml_gets_wrong_is_told_at_once(labs: LabLibrary, toml: str, said: str) -> None:
    with pytest.raises(Problem) as refused:
        take_in(archive(lambda tar: None, toml=toml), labs)
    assert said in str(refused.value)
    assert "/tmp" not in str(refused.value)
    assert refused.value.status in (404, 422)


def test_the_lab_may_be_said_beside_it(labs: LabLibrary) -> None:
    data = archive(lambda tar: None, toml='[server]\nstart = "x"\n')
    assert take_in(data, labs, "toylab").lab == "toylab"
    with pytest.raises(Problem, match="was asked for"):
        take_in(archive(lambda tar: None), labs, "other")


def test_a_changed_check_is_another_version_of_the_lab(labs: LabLibrary, tmp_path: Path) -> None:
    before = take_in(archive(lambda tar: None), labs)
    (tmp_path / "labs").rename(tmp_path / "changed")
    other = LabLibrary(tmp_path / "changed")
    check = tmp_path / "changed" / "toylab" / "checks" / "creates_a_thing.py"
    check.write_text(check.read_text() + "\n")
    after = take_in(archive(lambda tar: None), other)
    assert (before.content, before.lab_hash == after.lab_hash) == (after.content, False)
