"""How Docker is asked to contain a grading. There is no engine here: a stand-in keeps the words that it is given and
runs what an image would run."""

import json
import os
import random
import sys
import time
from pathlib import Path

import psutil
import pytest

from backroad.grading import sandbox
from backroad.grading.model import Bounds
from backroad.grading.packing import pack
from backroad.grading.runner import Bubblewrap, Docker
from backroad.kit.errors import Problem
from backroad.labs.library import LabLibrary
from tests.grading.samples import toy_folder

BOUNDS = Bounds(seconds=30, memory=1 << 30, disk=1 << 28, processes=99)
STAND_IN = """#!{python}
import json, os, subprocess, sys
with open({log!r}, "a") as log:
    log.write(json.dumps(sys.argv[1:]) + "\\n")
if sys.argv[1] == "kill":
    sys.exit(subprocess.run(["pkill", "-KILL", "-f", "asleep-" + sys.argv[2]]).returncode)
if {asleep!r}:
    os.execv("/bin/sh", ["asleep-" + sys.argv[sys.argv.index("--name") + 1], "-c", "sleep 60; :"])
os.execv({python!r}, [{python!r}, *sys.argv[sys.argv.index("image:1") + 1 :], {folder!r}])
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "log"


def install(tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch, *, asleep: bool = False) -> None:
    program = tmp_path / "bin" / "docker"
    program.parent.mkdir()
    told = {"python": sys.executable, "log": str(log), "asleep": asleep, "folder": str(tmp_path / "inside")}
    program.write_text(STAND_IN.format(**told))
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")


def words(log: Path) -> list[list[str]]:
    return [json.loads(line) for line in log.read_text().splitlines()]


def test_docker_is_told_every_bound(
    labs: LabLibrary, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, log, monkeypatch)
    runner = Docker("image:1")
    data = pack(toy_folder(tmp_path / "mine")).data
    task = sandbox.task_of(runner, labs.root, lab="toylab", app="", seed="ABCD", size=len(data), bounds=BOUNDS)
    assert (task.labs, task.confined, task.user) == ("", True, 0), "the labs are those of the image"
    command = runner.command("name", BOUNDS)
    for option, value in {
        "--network": "none", "--cap-drop": "ALL", "--security-opt": "no-new-privileges", "--pids-limit": "99",
        "--memory": str((1 << 30) + (1 << 29)), "--memory-swap": str((1 << 30) + (1 << 29)), "--user": "65532:65532",
        "--name": "name", "--entrypoint": "python",
    }.items():  # fmt: skip
        assert command[command.index(option) + 1] == value, option
    assert {"--rm", "--read-only", "--interactive", "--init"} <= set(command)
    assert [word.partition(":")[0] for word in command if "mode=1777" in word] == ["/tmp", "/judge"]
    assert not {"--privileged", "--volume", "-v", "--mount"} & set(command), "nothing of the machine is shown"


def test_what_a_container_says_is_heard(
    labs: LabLibrary, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stand-in has no second file system: the labs are named, and its folders are two on this one."""
    install(tmp_path, log, monkeypatch)
    runner = Docker("image:1")
    data = pack(toy_folder(tmp_path / "mine")).data
    fields = {"lab": "toylab", "app": "", "seed": "ABCD", "size": len(data), "bounds": BOUNDS, "confined": False}
    task = sandbox.task_of(runner, labs.root, **fields)
    task = type(task)(**{name: getattr(task, name) for name in task.__struct_fields__} | {"labs": str(labs.root)})
    report = sandbox.grade(runner, task, data, labs.root, on_event=lambda event: None, unwanted=lambda: False)
    assert report.summary.passed == 4
    assert words(log)[0][:3] == ["run", "--rm", "--interactive"]


def test_a_container_is_killed_by_its_name(
    labs: LabLibrary, tmp_path: Path, log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To kill the client alone would leave the container running."""
    install(tmp_path, log, monkeypatch, asleep=True)
    runner = Docker("image:1")
    task = sandbox.task_of(runner, labs.root, lab="toylab", app="", seed="ABCD", size=1, bounds=BOUNDS)
    looks = iter([False, False, True])
    with pytest.raises(sandbox.Stopped):
        sandbox.grade(runner, task, b"x", labs.root, on_event=lambda event: None, unwanted=lambda: next(looks, True))
    run, kill = words(log)
    assert kill == ["kill", run[run.index("--name") + 1]]


def test_without_anything_that_contains_there_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nothing")
    with pytest.raises(Problem, match="bubblewrap is not installed"):
        Bubblewrap()
    with pytest.raises(Problem, match="Docker is not installed"):
        Docker("image:1")


def test_a_sandbox_that_does_not_come_up_is_told(
    labs: LabLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As where the kernel gives no namespaces."""
    program = tmp_path / "bin" / "bwrap"
    program.parent.mkdir()
    program.write_text("#!/bin/sh\necho 'bwrap: No permissions to create new namespace' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(Problem, match="No permissions to create new namespace") as told:
        sandbox.probe(Bubblewrap(), labs.root, BOUNDS)
    assert "--no-sandbox" in told.value.hint


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")
def test_what_ends_as_it_begins_leaves_nothing(tmp_path: Path) -> None:
    """The first process of the namespaces waits for bwrap, and is not yet told when that dies."""
    runner, chance = Bubblewrap(), random.Random(8321)
    for _ in range(60):
        started = runner.start(BOUNDS, tmp_path)
        time.sleep(chance.uniform(0, 0.006))
        started.end()
        started.process.communicate()
    running = [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in (one.info["cmdline"] or ())]
    assert [one for one in running if one.is_running() and one.status() != psutil.STATUS_ZOMBIE] == []
