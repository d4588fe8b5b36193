import contextlib
import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backroad.verifier import Verdict
from backroad.verifier.repository import Folder, run_repository
from backroad.verifier.repository.git import covers, index_names, read_patterns

pytestmark = pytest.mark.slow  # many generated cases


def git(folder: Path, *words: str, lines: str | None = None) -> str:
    identity = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "core.excludesFile=")
    done = subprocess.run(["git", *identity, *words], cwd=folder, input=lines, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def repository(tmp_path_factory):
    folder = tmp_path_factory.mktemp("git")
    git(folder, "init", "-q")
    return folder


PARTS = st.sampled_from(["a", "b", "ab", "a.log", "src", "x y"])
PATHS = st.lists(PARTS, min_size=1, max_size=3).map("/".join)
PIECES = st.sampled_from(["a", "b", "*", "?", "**", "/", "*.log", "src", "[ab]", "!", "a*", "x y", "\\*", "[!a]", " "])
PATTERNS = st.lists(st.lists(PIECES, min_size=1, max_size=4).map("".join), max_size=4)


@settings(max_examples=60, deadline=None)
@given(patterns=PATTERNS, below=PATTERNS, paths=st.lists(PATHS, min_size=1, max_size=8))
def test_patterns_mean_what_they_mean_to_git(repository, patterns, below, paths):
    (repository / ".gitignore").write_text("\n".join(patterns))
    (repository / "src").mkdir(exist_ok=True)
    (repository / "src" / ".gitignore").write_text("\n".join(below))
    # --no-index judges paths that need not exist; a path that another one goes through is a folder
    files = [one for one in set(paths) if not any(other.startswith(f"{one}/") for other in paths) and one != "src"]
    told = set(git(repository, "check-ignore", "--no-index", "--stdin", lines="\n".join(files)).splitlines())
    found = Folder(repository).git
    assert {one for one in files if found.ignores(one)} == told


@pytest.mark.parametrize("pattern", ["a//", "/a//", "a//b", "./a", "a/./b", "//a", "/", "/a/", "a/b/"])
def test_slashes_mean_what_they_mean_to_git(repository, pattern):
    (repository / ".gitignore").write_text(pattern)
    files = ["a/a", "a/b/c", "b/a/c", "c"]
    told = set(git(repository, "check-ignore", "--no-index", "--stdin", lines="\n".join(files)).splitlines())
    found = Folder(repository).git
    assert {one for one in files if found.ignores(one)} == told


@pytest.mark.parametrize("version", ["2", "3", "4"])
def test_the_index_is_read(tmp_path, version):
    git(tmp_path, "init", "-q")
    git(tmp_path, "config", "index.version", version)
    names = [".env", "app/.env", "app/src/server.js", "app/src/server.test.js", "longer/" + "x" * 90]
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("SECRET=1")
    git(tmp_path, "add", ".")
    if version == "3":
        (tmp_path / "later").touch()
        git(tmp_path, "add", "-N", "later")
        names.append("later")
    assert index_names((tmp_path / ".git" / "index").read_bytes()) == sorted(names)
    assert Folder(tmp_path / "app").git.tracked == {".env", "src/server.js", "src/server.test.js"}


def test_an_ignored_file_that_is_tracked(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / ".env").write_text("SECRET=1")
    git(tmp_path, "add", ".")
    (tmp_path / ".gitignore").write_text(".env\n")
    (report,) = run_repository(tmp_path, only=["repository.env_file_stays_out_of_git"])
    assert report.finding is not None
    assert report.finding.got == ".env:1  is tracked by git"


def test_patterns_above_the_folder_hold(tmp_path):
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text(".env\n")
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / ".env").write_text("SECRET=1")
    (report,) = run_repository(tmp_path / "shop", only=["repository.env_file_stays_out_of_git"])
    assert report.verdict is Verdict.PASSED


@given(st.binary(max_size=200))
def test_a_broken_index_is_not_read(data):
    for version in (b"\2", b"\3", b"\4"):
        with contextlib.suppress(ValueError, IndexError, struct.error):  # what read_index expects
            index_names(b"DIRC\0\0\0" + version + b"\0\0\0\1" + data)


def test_patterns_of_a_docker_build():
    patterns = read_patterns("*\n!src\nsrc/*.log\n# .env\n", rooted=True)
    assert [covers(patterns, path) for path in ("a", "src/a", "src/a.log", ".env")] == [True, False, True, True]
