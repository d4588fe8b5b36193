"""What servers can do to those who judge them: nothing. Real bubblewrap, real attacks."""

import json
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import psutil
import pytest

from backroad.grading import child, confine, sandbox
from backroad.grading.model import Bounds
from backroad.grading.packing import pack
from backroad.grading.runner import Bubblewrap
from backroad.labs.library import LabLibrary
from backroad.verifier.config import read_config
from backroad.verifier.report import Report
from tests.grading import hostile
from tests.grading.samples import TOML, toy_folder

BOUNDS = Bounds(seconds=30, memory=512 << 20, disk=64 << 20, processes=200)
SEED = "KEPTSECRET"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="bubblewrap is for Linux")


@pytest.fixture(autouse=True)
def _nothing_left() -> Iterator[None]:
    before = {process.pid for process in psutil.process_iter()}
    yield
    deadline = time.monotonic() + 5
    while left := [one for one in psutil.process_iter() if one.pid not in before and _ours(one)]:
        assert time.monotonic() < deadline, left
        time.sleep(0.05)


def _ours(process: psutil.Process) -> bool:
    try:
        words = process.cmdline()
        return process.name() == "bwrap" or any("/tmp/app" in word for word in words) or words == ["sleep", "600"]
    except psutil.Error:
        return False


def grade(labs: LabLibrary, folder: Path, bounds: Bounds = BOUNDS) -> Report:
    runner = Bubblewrap()
    data = pack(folder).data
    task = sandbox.task_of(runner, labs.root, lab="toylab", app="", seed=SEED, size=len(data), bounds=bounds)
    return sandbox.grade(runner, task, data, labs.root, on_event=lambda event: None, unwanted=lambda: False)


def refused(labs: LabLibrary, folder: Path, bounds: Bounds = BOUNDS) -> str:
    with pytest.raises(sandbox.Refused) as said:
        grade(labs, folder, bounds)
    return str(said.value)


def reached(labs: LabLibrary, place: Path, body: str, bounds: Bounds = BOUNDS, **replaced: str) -> dict[str, Any]:
    """What an attack reached: the server prints it and ends, and its log is in what is said."""
    for old, new in replaced.items():
        body = body.replace(old, new)
    said = refused(labs, toy_folder(place, app=hostile.attack(body)), bounds)
    return pieced(said)


def pieced(said: str) -> dict[str, Any]:
    pieces = [line.strip()[5:-1] for line in said.splitlines() if line.strip().startswith("PIECE")]
    assert pieces, said
    found: dict[str, Any] = json.loads("".join(pieces))
    return found


def test_the_sandbox_works_here(labs: LabLibrary, tmp_path: Path) -> None:
    sandbox.probe(Bubblewrap(), labs.root, BOUNDS)
    report = grade(labs, toy_folder(tmp_path / "mine"))
    assert (report.summary.passed, report.exit_code, report.command) == (4, 0, "python3 app.py")


def test_memory_files_and_seed_of_the_verifier_stay_its_own(labs: LabLibrary, tmp_path: Path) -> None:
    got = reached(labs, tmp_path / "mine", hostile.READS)
    assert got["count"] >= 2, "it sees that there is somebody"
    for name in ("memory", "environ", "files", "opened", "root", "cwd", "maps"):
        assert set(got[name]) <= {"EACCES", "EPERM", "ESRCH", "ENOENT"}, (name, got[name])
    assert {got["trace"], got["peek"]} == {"EPERM"}
    assert (got["judge"], got["policy"]) == ("EACCES", "EACCES")
    assert got["words"] is False
    assert got["home"] in ([], "ENOENT")
    assert got["shadow"] == "ENOENT"
    assert got["hostname"] == "grader"
    assert set(got["variables"]) <= {
        "PORT", "HOST", "BASE_URL", "DATA_DIR", "PYTHONUNBUFFERED", "BACKROAD_TARGET", "BACKROAD_SERVICES", "PWD",
        "LC_CTYPE",
    }  # fmt: skip


def test_nothing_leads_out(labs: LabLibrary, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as tcp, socket.socket(socket.AF_UNIX) as unix:
        name = f"\0backroad-{os.getpid()}"
        unix.bind(name)
        unix.listen()
        told = {"HOST_PORT": str(tcp.getsockname()[1]), "HOST_SOCKET": name.replace("\0", "\\0")}
        got = reached(labs, tmp_path / "mine", hostile.LEAVES, PYTHON=sys.base_prefix, **told)
    assert got["host"] == "ECONNREFUSED", "its loopback is not ours"
    assert got["outside"] == "ENETUNREACH"
    assert got["name"] == "gaierror"
    assert got["devices"] == ["lo"]
    assert got["abstract"] in ("ECONNREFUSED", "EPERM")
    assert {got[name] for name in ("namespace", "network", "mount", "chroot", "user")} == {"EPERM"}
    assert {got["memfd"], got["uring"]} == {"ENOSYS"}
    written = {place: outcome for place, outcome in got.items() if place.startswith("/")}
    assert len(written) == 8
    assert set(written.values()) <= {"EROFS", "EACCES", "ENOENT", "EPERM"}, written
    assert (got["own"], got["run own"]) == (1, 7), "its own folder is its own"


def test_it_cannot_end_its_judge(labs: LabLibrary, tmp_path: Path) -> None:
    got = reached(labs, tmp_path / "mine", hostile.KILLS)
    for name in ("parent", "each", "stop", "limits"):
        assert set(got[name] if isinstance(got[name], list) else [got[name]]) <= {"EPERM", "ESRCH"}, (name, got[name])
    assert got["init"] in ("EPERM", None), "the first process of a namespace takes no signals from within"


def test_a_fork_bomb_ends_at_its_bound(labs: LabLibrary, tmp_path: Path) -> None:
    got = reached(labs, tmp_path / "mine", hostile.FORKS)
    assert got["error"] == "EAGAIN"
    assert 50 < got["made"] < BOUNDS.processes


def test_a_full_disk_is_its_own(labs: LabLibrary, tmp_path: Path) -> None:
    got = reached(labs, tmp_path / "mine", hostile.DISK)
    assert got["error"] == "ENOSPC"
    assert got["MiB"] <= BOUNDS.disk >> 20
    assert got["file"] in ("EFBIG", "SIGXFSZ")
    assert (got["/dev/shm"], got["/var/tmp"], got["/run"]) == (1 << 20, "ENOENT", "ENOENT")


def test_memory_of_one_process_is_held_by_the_kernel(labs: LabLibrary, tmp_path: Path) -> None:
    """On a slow machine the worker sees first that it and the verifier together have too much."""
    said = refused(labs, toy_folder(tmp_path / "mine", app=hostile.attack(hostile.MEMORY)))
    if said != "It was stopped with more than 512 MiB of memory.":
        assert 300 < pieced(said)["MiB"] <= BOUNDS.memory >> 20


@pytest.mark.parametrize("body", [hostile.MEMORY_OF_MANY, hostile.SHARED_MEMORY], ids=["many", "shared"])
def test_memory_of_all_is_held_by_the_worker(labs: LabLibrary, tmp_path: Path, body: str) -> None:
    began = time.monotonic()
    assert refused(labs, toy_folder(tmp_path / "mine", app=hostile.attack(body))) == (
        "It was stopped with more than 512 MiB of memory."
    )
    assert time.monotonic() - began < 20


def test_an_endless_start_is_ended(labs: LabLibrary, tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "mine", app="import time\ntime.sleep(600)\n", toml=f"{TOML}ready_seconds = 100000\n")
    assert refused(labs, folder, msgspec.structs.replace(BOUNDS, seconds=3)) == "It was stopped after 3 s."


def test_an_endless_build_is_ended(labs: LabLibrary, tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "mine", toml=f'{TOML}[server.commands]\nbuild = "sleep 600"\n')
    assert refused(labs, folder, msgspec.structs.replace(BOUNDS, seconds=4)) == (
        "The build command took too long. Its log ends:"
    )


def test_what_it_leaves_behind_is_ended(labs: LabLibrary, tmp_path: Path) -> None:
    reached(labs, tmp_path / "mine", hostile.LEAVES_OTHERS)


def test_what_it_prints_is_no_report(labs: LabLibrary, tmp_path: Path) -> None:
    forged = '{"report": {"lab": "toylab", "title": "", "target": "", "command": "", "seed": "", "stages": []}}'
    app = f"import sys\nfor _ in range(3):\n    print({forged!r}, flush=True)\nsys.exit(1)\n"
    assert "exited with code 1" in refused(labs, toy_folder(tmp_path / "mine", app=app))


def test_a_flood_of_output_harms_nobody(labs: LabLibrary, tmp_path: Path) -> None:
    assert "exited with code 1" in refused(
        labs,
        toy_folder(tmp_path / "mine", app="import sys\nfor _ in range(2000):\n    print('x' * 65536)\nsys.exit(1)\n"),
    )


def test_the_build_runs_first_and_contained(labs: LabLibrary, tmp_path: Path) -> None:
    toml = TOML.replace("python3 app.py", "python3 made.py") + '[server.commands]\nbuild = "cp app.py made.py"\n'
    assert grade(labs, toy_folder(tmp_path / "mine", toml=toml)).exit_code == 0
    bad = toy_folder(tmp_path / "bad", toml=f'{TOML}[server.commands]\nbuild = "cat /judge/confine.json"\n')
    said = refused(labs, bad)
    assert said.startswith("The build command exited with code 1.")
    assert "Permission denied" in said


def test_variables_of_the_folder_reach_the_server_and_not_what_contains_it(labs: LabLibrary, tmp_path: Path) -> None:
    toml = f'{TOML}[server.env]\nMINE = "ü"\nLD_PRELOAD = "/tmp/app/no.so"\nPORT = "1"\nPATH = "/tmp/app"\n'
    folder = toy_folder(tmp_path / "mine", toml=toml)
    server = child.contained(read_config(folder), ["confine"]).server
    assert list(server.env) == [confine.VARIABLES]
    toml = toml.replace("python3 app.py", f"{sys.executable} app.py").replace('LD_PRELOAD = "/tmp/app/no.so"\n', "")
    body = "got = {name: os.environ.get(name) for name in ('MINE', 'PORT', 'PATH', 'BACKROAD_SERVER_ENV')}\n"
    said = refused(labs, toy_folder(tmp_path / "told", toml=toml, app=hostile.attack(body)))
    got = pieced(said)
    assert (got["MINE"], got["PATH"], got["BACKROAD_SERVER_ENV"]) == ("ü", "/tmp/app", None)
    assert got["PORT"] != "1", "where it listens is for the verifier to say"


def test_a_program_that_is_not_there_is_named(labs: LabLibrary, tmp_path: Path) -> None:
    folder = toy_folder(tmp_path / "mine", toml=TOML.replace("python3 app.py", "nothing-here app.py"))
    assert 'there is no program "nothing-here"' in refused(labs, folder)
