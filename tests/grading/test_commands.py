"""`backroad submit` and `backroad grade` as people type them, with a server between."""

import json
import os
import shutil
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from backroad.identity import tokens
from backroad.kit.paths import labs_dir
from tests.grading.samples import toy_folder
from tests.server_mode import Hosted
from tests.serving import COMMAND, backroad, environment

TODO = 'lab = "todo"\n[server]\nstart = "python3 {file}"\n'


def submitting(
    home: Path, folder: Path, *words: str, server: str = "", token: str = ""
) -> subprocess.CompletedProcess[str]:
    env = environment(home) | {"BACKROAD_SERVER": server, "BACKROAD_TOKEN": token}
    return subprocess.run(
        [*COMMAND, "submit", str(folder), *words], env=env, capture_output=True, text=True, timeout=120, cwd=home.parent
    )


def test_it_says_what_is_missing(home: Path, tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "mine")
    said = submitting(home, folder)
    assert (said.returncode, "backroad login" in said.stderr) == (1, True), said.stderr
    said = submitting(home, folder, server="http://127.0.0.1:9", token="x")
    assert (said.returncode, "cannot be reached" in said.stderr) == (1, True), said.stderr
    said = submitting(home, tmp_path, server="http://127.0.0.1:9", token="x")
    assert "There is no backroad.toml" in said.stderr


def test_wrong_bounds_are_told(home: Path) -> None:
    for words, said in (
        (["--workers", "0"], "There cannot be 0 workers."),
        (["--seconds", "5"], "--seconds is 5."),
        (["--memory", "1"], "--memory is 1."),
        (["--runner", "docker"], "in which image"),
        (["--tools", "/nothing-here"], "is no folder"),
    ):
        done = backroad(home, "grade", *words)
        assert (done.returncode, said in done.stderr) == (1, True), (words, done.stderr)


def test_without_bubblewrap_nothing_is_graded(home: Path, tmp_path: Path) -> None:
    env = environment(home) | {"PATH": "/nothing"}
    done = subprocess.run([*COMMAND, "grade"], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert "bubblewrap is not installed" in done.stderr
    assert "--no-sandbox" in done.stderr


@pytest.mark.slow
def test_from_a_folder_to_evidence(hosted: Hosted, home: Path, tmp_path: Path) -> None:
    """The reference of a real lab, handed in with a token, graded by workers of their own."""
    alice = hosted.alice
    _, word = hosted.db.run_now(lambda tx: tokens.make(tx, alice.person, "laptop", ["read", "submit"], hosted.now))
    folder = tmp_path / "todo"
    shutil.copytree(labs_dir() / "todo" / "reference", folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "backroad.toml").write_text(TODO.format(file="app.py"))
    said = submitting(home, folder, "--no-wait", server=hosted.url, token=word)
    assert said.returncode == 0, said.stderr
    env = environment(hosted.home) | {"BACKROAD_DATABASE_URL": "" if hosted.db.is_sqlite else hosted.db.url}
    graders = subprocess.Popen(
        [*COMMAND, "grade", "--workers", "2", "--until-empty"], env=env, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    try:
        done = submitting(home, folder, "--json", server=hosted.url, token=word)
        item = json.loads(done.stdout)
        run = alice.client.get(f"/api/v1/runs/{item['run']}").json()
        found = [check["finding"] for stage in run["report"]["stages"] for check in stage["checks"] if check["finding"]]
        assert (item["state"], item["said"], done.returncode) == ("graded", "", 0), (done.stderr, found)
        assert item["summary"]["failed"] == 0
        out, _ = graders.communicate(timeout=60)
        assert graders.returncode == 0, out
        assert out.count("grades   (") == 2
    finally:
        if graders.poll() is None:
            os.killpg(graders.pid, signal.SIGKILL)
        graders.communicate()
    assert (run["state"], run["summary"]["passed"]) == ("finished", item["summary"]["passed"])


def test_a_group_ends_with_its_workers_at_sigterm(home: Path) -> None:
    group = subprocess.Popen(
        [*COMMAND, "grade", "--workers", "2"], env=environment(home), start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert group.stdout
    try:
        lines = [group.stdout.readline() for _ in range(2)]
        assert all(" grades " in line for line in lines), lines
        began = time.monotonic()
        group.terminate()
        out, _ = group.communicate(timeout=20)
        assert group.returncode == 0
        assert out.count("has ended 0") == 2
        assert time.monotonic() - began < 15
    finally:
        if group.poll() is None:
            group.kill()
        group.communicate()


def test_the_login_file_is_read(hosted: Hosted, home: Path, tmp_path: Path) -> None:
    bob = hosted.bob.person
    _, word = hosted.db.run_now(lambda tx: tokens.make(tx, bob, "laptop", ["read", "submit"], hosted.now))
    home.mkdir()
    kept = home / "server.json"
    kept.write_text(json.dumps({"server": hosted.url, "token": word}))
    kept.chmod(stat.S_IRUSR | stat.S_IWUSR)
    folder = toy_folder(tmp_path / "mine", toml=TODO.format(file="app.py"))
    said = submitting(home, folder, "--no-wait", "--json")
    assert said.returncode == 0, said.stderr
    item = json.loads(said.stdout)
    said = submitting(home, folder, "--cancel", item["id"])
    assert (said.returncode, said.stdout) == (0, "It is cancelled.\n")
    said = submitting(home, folder, server="http://127.0.0.1:9")
    assert word not in said.stderr
