"""Commands that want out of their folder, or that eat the machine, and repositories that deceive whoever reads them."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from backroad.drills.kinds.git import Git
from backroad.drills.repository import run as repository
from backroad.drills.repository.run import Ran
from backroad.drills.sandbox.contain import child
from backroad.kit.errors import Problem
from tests.drills.git_sample import git_drill

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="elsewhere, commands are refused"),
    pytest.mark.skipif(repository.tools() is None, reason="needs Git 2.30 or newer"),
]


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder of the test's own below folders that anybody may pass, as /tmp is."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Git:
    return git_drill(tmp_path_factory.mktemp("git"))


def run(drill: Git, commands: str) -> Ran:
    return repository.run(drill.setup, commands)


READING = [
    "cat /etc/passwd",
    "cat < /etc/hostname",
    "ls /",
    "ls ~root",
    "cat /proc/$PPID/environ",
    "git show --no-index /etc/passwd",
    "git diff --no-index /dev/null /etc/passwd",
    "git hash-object -w /etc/passwd",
    "ln -s /etc/passwd link; cat link",
    "ln -s / root; ls root",
    "git --git-dir=/etc log",
    "git -c include.path=/etc/passwd config --list",
]


@pytest.mark.parametrize("commands", READING)
def test_nothing_outside_is_read(drill: Git, commands: str) -> None:
    printed = run(drill, commands).printed
    assert "root:" not in printed
    assert "PATH=/usr" not in printed
    assert any(
        word in printed for word in ("ermission denied", "not a git repository", "fatal", "error", "cannot access")
    )


def test_nothing_outside_is_changed(drill: Git, tmp_path: Path) -> None:
    kept = tmp_path / "kept.txt"
    kept.write_text("mine")
    kept.chmod(0o640)
    before = (kept.stat().st_mode, kept.stat().st_mtime_ns)
    commands = f"""
        echo x > {kept}
        rm -f {kept}
        mv {kept} here
        chmod 777 {kept}
        touch {kept}
        ln {kept} here
        ln -s {kept} link && echo x > link
        cp price.txt {tmp_path}/new
        mkdir {tmp_path}/folder
        git init {tmp_path}/other
        git clone ../server.git {tmp_path}/clone
        git config --file {tmp_path}/config a.b c
        git worktree add {tmp_path}/tree
        git archive -o {tmp_path}/main.zip main
        truncate -s 0 {kept}
        rm -rf {tmp_path}
        rm -rf --no-preserve-root /
    """
    assert "Permission denied" in run(drill, commands).printed
    assert kept.read_text() == "mine"
    assert (kept.stat().st_mode, kept.stat().st_mtime_ns) == before
    assert list(tmp_path.iterdir()) == [kept]


NETWORK = [
    "git clone https://127.0.0.1:9/x",
    "git clone git://127.0.0.1/x",
    "git clone ssh://127.0.0.1/x",
    "git -c protocol.allow=always clone git://127.0.0.1/x",
    "GIT_ALLOW_PROTOCOL=git git clone git://127.0.0.1/x",
    "GIT_ALLOW_PROTOCOL=http:https git clone http://127.0.0.1:9/x",
    "git daemon --base-path=. --export-all",
    "git instaweb",
]


REFUSALS = (
    "not allowed", "not permitted", "ermission denied", "Failed to connect", "Could not resolve", "Couldn't connect",
    "unable to allocate", "not found",
)  # fmt: skip


@pytest.mark.parametrize("commands", NETWORK)
def test_there_is_no_network(drill: Git, commands: str) -> None:
    printed = run(drill, commands).printed
    assert any(word in printed for word in REFUSALS), printed


PROGRAMS = [
    "/usr/bin/env python3 -c 'print(6 * 7)'",
    f"{sys.executable} -c 'print(6 * 7)'",
    "perl -e 'print 42'",
    "/usr/bin/perl -e 'print 42'",
    "printf '#!/bin/sh\\necho 4$((1 + 1))\\n' > x; chmod +x x; ./x",
    "cp /usr/bin/perl x; chmod +x x; ./x -e 'print 42'",
    "/lib64/ld-linux-x86-64.so.2 /usr/bin/perl -e 'print 42'",
]


@pytest.mark.parametrize("commands", PROGRAMS)
def test_only_git_a_shell_and_its_tools_run(drill: Git, commands: str) -> None:
    assert "42" not in [line for line in run(drill, commands).printed.splitlines() if not line.startswith("$")]


BOUNDS = [
    ("set +x; while :; do :; done", "after 3 s"),
    ("sleep 60", "after 3 s"),
    ("yes() { while :; do echo yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy; done; }; yes", "after 64 KiB of output"),
    ("set +x; i=0; while [ $i -lt 200 ]; do sleep 20 & i=$((i + 1)); done; sleep 20", "with more than 64 processes"),
    (
        "set +x; for i in 1 2 3 4 5 6 7 8 9 10; do (x=aaaaaaaaaaaaaaaa; j=0; while [ $j -lt 21 ]; do x=$x$x; "
        "j=$((j + 1)); done; sleep 20) & done; sleep 20",
        "with more than 256 MiB of memory",
    ),
]


@pytest.mark.parametrize(("commands", "stopped"), BOUNDS)
def test_what_is_too_much_is_stopped(drill: Git, commands: str, stopped: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if stopped == "after 3 s":
        monkeypatch.setattr(repository, "SECONDS", 3)
    assert run(drill, f"cd ..; mkdir other; cd other; {commands}").stopped == stopped


def test_a_fork_bomb_is_small(drill: Git) -> None:
    """The kernel refuses more processes, however late anybody looks: the rest of the machine goes on."""
    ran = run(drill, "set +x; bomb() { bomb | bomb & }; bomb; sleep 5")
    assert ran.stopped or "fork" in ran.printed
    assert subprocess.run(["true"], check=False).returncode == 0


def test_too_many_files_are_not_even_read(drill: Git) -> None:
    with pytest.raises(Problem, match="The commands were stopped with more than 64 MiB of files"):
        run(
            drill,
            "head -c 7000000 /dev/urandom > f; i=0; while [ $i -lt 60 ]; do cp f f$i; i=$((i + 1)); done; sleep 9",
        )


def test_a_gigabyte_is_not_written(drill: Git) -> None:
    printed = run(drill, "head -c 1000000000 /dev/zero > big; wc -c < big; rm big").printed
    assert "8388608" in printed


def test_memory_runs_out_before_the_machine_does(drill: Git) -> None:
    ran = run(drill, "(x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done) 2> /dev/null; echo $?")
    assert ran.printed.splitlines()[-1] != "0"
    assert ran.stopped == ""


def test_nothing_runs_on_afterwards(drill: Git) -> None:
    mark = f"{os.getpid()}{time.monotonic_ns() % 1000:03}"
    run(drill, f"sleep 1{mark} & (sleep 2{mark} &) ; nohup sleep 3{mark} & setsid sleep 4{mark} & true")
    listed = subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
    assert mark not in listed


def test_no_other_process_is_signalled(drill: Git) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        run(drill, f"kill -9 {other.pid}; kill -9 {os.getpid()}; kill -9 -1; kill -9 0")
        assert other.poll() is None
        other.kill()


def test_the_kernel_keeps_processes_together(tmp_path: Path) -> None:
    """The guard alone: new processes, but in the group, without rights over others' files and processes."""
    own, other = tmp_path / "own", tmp_path / "other.txt"
    own.mkdir()
    other.write_text("mine")
    program = f"""
import os, socket, sys
sys.path.insert(0, {str(Path(child("guard.py")).parent)!r})
import guard
guards = guard.restrict(
    {str(own)!r}, readable=[], runnable=["/bin/true"], processes=True, seconds=5, file_bytes=99, memory=None
)
if "seccomp" not in guards:
    print("nothing to see")
    raise SystemExit
if os.fork() == 0:
    for name, act in {{
        "session": os.setsid,
        "group": lambda: os.setpgid(0, 0),
        "signal": lambda: os.kill(os.getppid(), 0),
        "signals": lambda: os.kill(-1, 0),
        "socket": socket.socket,
        "owner": lambda: os.chown("/", 0, 0),
    }}.items():
        try:
            act()
            print(name)
        except OSError:
            pass
    os.chmod({str(other)!r}, 0o777)
    os.utime({str(other)!r}, (1, 1))
    print("done", flush=True)
    os._exit(0)
os.wait()
"""
    before = (other.stat().st_mode, other.stat().st_mtime_ns)
    ran = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, timeout=20)
    assert ran.stdout in ("done\n", "nothing to see\n"), ran
    assert (other.stat().st_mode, other.stat().st_mtime_ns) == before


CONFIGURED = [
    "git config alias.go '!touch {out}'; git go",
    "git config core.fsmonitor 'touch {out} #'; git status",
    "git config core.pager 'touch {out} #'; git --paginate log",
    "git config diff.external 'touch {out} #'; git diff main~1",
    "git config filter.x.clean 'touch {out} #'; echo '* filter=x' > .gitattributes; git add .",
    "mkdir ../h; git config core.hooksPath ../h; echo 'touch {out}' > ../h/post-commit; chmod +x ../h/post-commit",
    "git config core.sshCommand 'touch {out} #'; GIT_ALLOW_PROTOCOL=ssh git fetch ssh://x/y",
    "git config credential.helper '!touch {out}'; echo url=https://x | git credential fill",
    "git config core.editor 'touch {out} #'; GIT_EDITOR= git commit --amend",
]


@pytest.mark.parametrize("commands", CONFIGURED)
def test_what_settings_run_is_contained_too(drill: Git, tmp_path: Path, commands: str) -> None:
    out = tmp_path / "out"
    ran = run(drill, commands.replace("{out}", str(out)) + "\ngit commit -q --allow-empty -m Empty")
    assert ran.state.repo.commits
    assert not out.exists()


DECEIVING = [
    "git config core.worktree ../elsewhere; mkdir ../elsewhere; echo 131 > ../elsewhere/price.txt",
    "git replace main $(git commit-tree -p main~1 -p feature -m Merge $(git rev-parse feature^{tree}))",
    "echo $(git rev-parse main) $(git rev-parse main~1) $(git rev-parse feature) > .git/info/grafts 2> ../x",
    "git update-index --assume-unchanged price.txt; echo 131 > price.txt",
    "git config core.fsmonitor 'true'; git update-index --fsmonitor; echo 131 > price.txt",
    "git config filter.x.clean 'echo 110'; echo '* filter=x' > .gitattributes; echo 131 > price.txt",
    "git commit -q --allow-empty -m 'Merge\n\nparent 0000000000000000000000000000000000000000'",
]


@pytest.mark.parametrize("commands", DECEIVING)
def test_a_repository_does_not_deceive_the_reader(drill: Git, commands: str) -> None:
    ran = run(drill, commands)
    seen = dict(zip([goal.claim for goal in drill.goals], drill.seen(ran.state), strict=True))
    assert not seen["The price is right"].ok
    assert not seen["It is a merge"].ok
    if "131 > price.txt" in commands and "elsewhere" not in commands:
        assert "`price.txt` is changed and not staged" in seen["Nothing is left"].given


SPOILT = [
    ("rm -rf .git", "there is no repository any more"),
    ("cd ..; rm -rf repo", "there is no repository any more"),
    ("mv .git ../kept; ln -s ../kept .git", "there is no repository any more"),
    ("rm -rf .git/objects/*", "missing object"),
    ("echo garbage > .git/HEAD", "Git cannot read it"),
    ("head -c 3000000 /dev/zero > big", "is longer than 1 MiB"),
    ("set +x; i=0; while [ $i -lt 600 ]; do echo > $i.txt; i=$((i + 1)); done", "more than 500 files"),
]


@pytest.mark.parametrize(("commands", "why"), SPOILT)
def test_a_repository_that_cannot_be_read_is_one_sentence(
    drill: Git, reachable: Path, monkeypatch: pytest.MonkeyPatch, commands: str, why: str
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(reachable))
    with pytest.raises(Problem) as caught:
        run(drill, commands)
    assert str(caught.value).startswith("The repository cannot be judged: ")
    assert why in str(caught.value)
    assert list(reachable.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize("depth", [1200, 2100])
def test_a_thousand_folders_deep_is_removed_too(
    drill: Git, reachable: Path, monkeypatch: pytest.MonkeyPatch, depth: int
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(reachable))
    deep = f"set +x; i=0; while [ $i -lt {depth} ]; do mkdir d && cd -P d || break; i=$((i + 1)); done 2> /dev/null"
    with contextlib.suppress(Problem):  # too deep to be read, if it is
        run(drill, f"{deep}; umask 777; mkdir closed")
    assert list(reachable.iterdir()) == []


def test_a_hostile_folder_runs_nothing_and_reads_nothing_else(drill: Git, tmp_path: Path) -> None:
    """What a learner's own folder may hold when it is judged: hooks, settings, links."""
    folder, ran, secret = tmp_path / "work", tmp_path / "ran", tmp_path / "secret.txt"
    secret.write_text("secret")
    drill.lay_out(folder)
    git = folder / "repo" / ".git"
    with (git / "config").open("a") as config:
        config.write(
            f'[core]\n fsmonitor = "touch {ran}; false"\n pager = touch {ran}\n hooksPath = {tmp_path}\n'
            f'[filter "x"]\n clean = touch {ran}\n[include]\n path = {secret}\n'
        )
    (folder / "repo" / ".gitattributes").write_text("* filter=x\n")
    (folder / "repo" / "link.txt").symlink_to(secret)
    (git / "objects" / "info").mkdir(exist_ok=True)
    (git / "objects" / "info" / "alternates").write_text(f"{tmp_path}\n")
    state = repository.read_copy(folder)
    assert not ran.exists()
    assert "secret" not in {text.strip() for text in state.repo.texts.values()}
    assert state.repo.texts[state.repo.disk["link.txt"]] == str(secret)
    config_of_all = (git / "config").read_text()
    assert "fsmonitor" in config_of_all, "the folder itself is left alone"
    (git / "config").unlink()
    (git / "config").symlink_to(secret)
    repository.read_copy(folder)
    assert secret.read_text() == "secret"


def test_where_nothing_contains_them_commands_are_refused(drill: Git, tmp_path: Path) -> None:
    """As on macOS: no Landlock, no seccomp. What ships with Backroad still runs."""
    found = repository.tools()
    assert found
    request = {"folder": str(tmp_path), "token": "t", "commands": "echo ran > ../ran", "ours": False, "setup": False}
    program = (
        "import sys, os; sys.path.insert(0, sys.argv.pop(1)); import guard, git_child\n"
        "guard.restrict = lambda *a, **k: ['limits']\ngit_child.main()"
    )
    reading, writing = os.pipe()
    sandbox = Path(child("guard.py")).parent
    for ours, left in ((False, []), (True, ["ran"])):
        subprocess.run(
            [sys.executable, "-c", program, str(sandbox), str(writing)],
            input=json.dumps(request | {"ours": ours, "tools": found.programs, "exec_path": found.exec_path}).encode(),
            pass_fds=[writing],
            check=True,
        )
        assert (b"refused" in os.read(reading, 1000)) is not ours
        assert [path.name for path in tmp_path.iterdir() if path.name == "ran"] == left
    os.close(reading)
    os.close(writing)
