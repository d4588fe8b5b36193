"""Every command as a user types it."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from backroad import __version__
from backroad.accounts import actions
from backroad.product import Product
from tests.databases import settings_of
from tests.serving import COMMAND, backroad, environment, group_members

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a learner in it."""
    from datetime import UTC, date, datetime

    home = tmp_path_factory.mktemp("cli") / "home"
    product = Product.open(settings_of(home))
    product.db.run_now(
        lambda tx: actions.settle(
            tx,
            road="canonical",
            roads=["canonical"],
            language="python",
            minutes=[60, 60, 60, 60, 60, 120, 0],
            start=date(2027, 1, 4),
            days_off=[],
            now=datetime.now(UTC),
        )
    )
    product.close()
    return home


@pytest.mark.parametrize(
    "command",
    [
        ["today"],
        ["road"],
        ["road", "stepwise-2026"],
        ["plan"],
        ["plan", "--minutes", "60,60,60,60,60,120,0", "--start", "2027-01-04"],
        ["labs"],
        ["explain", "races.one_owner_per_alias"],
        ["review"],
        ["note", "sql.joins", "Join on keys"],
        ["note", "--search", "join"],
        ["placement"],
        ["interview"],
        ["drill", "net.internet", "--answer", "a"],
        ["doctor"],
        ["content", "check", "--no-execute"],
    ],
)
def test_json(ready: Path, command: list[str]) -> None:
    ended = backroad(ready, *command, "--json")
    assert ended.returncode == 0, ended.stderr
    json.loads(ended.stdout)
    plain = backroad(ready, *command)
    assert plain.returncode == 0, plain.stderr
    assert plain.stdout.strip()


def test_today_says_what_how_long_and_where(ready: Path) -> None:
    told = json.loads(backroad(ready, "today", "--json").stdout)
    assert told.keys() == {"day", "moved", "put_off", "end_range", "warnings", "where"}
    sessions = {f"{s['kind']}:{s['ref']}:{s['stage']}:{s['part']}": s for s in told["day"]["sessions"] if not s["done"]}
    assert told["where"].keys() == sessions.keys()
    shown = backroad(ready, "today").stdout
    for key, session in sessions.items():
        (line,) = (line for line in shown.splitlines() if line.endswith(told["where"][key]))
        assert f"{session['minutes']} min" in line
        assert session["title"] in line
    assert "http://127.0.0.1:8321/skills/" in shown
    assert "The road ends between" in shown
    off = backroad(ready, "today", now="2027-01-10T10:00:00+00:00").stdout
    assert "Nothing is planned today.\nThe road goes on Mon 11 Jan." in off


@pytest.mark.parametrize("command", [["today"], ["road"], ["plan"], ["review"], ["note"]])
def test_before_the_first_visit(tmp_path: Path, command: list[str]) -> None:
    ended = backroad(tmp_path / "home", *command)
    assert ended.returncode == 1
    assert "does not know your week yet" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["plan", "--minutes", "60,60"], "Give seven"),
        (["plan", "--minutes", "a,b,c,d,e,f,g"], "not a whole number"),
        (["plan", "--minutes", "0,0,0,0,0,0,0", "--start", "2027-01-04"], "no minutes on any weekday"),
        (["plan", "--start", "tomorrow"], "not a date"),
        (["road", "nowhere"], "There is no road"),
        (["drill", "no.such"], "There is no skill"),
        (["drill", "sql.joins/none"], "There is no drill"),
        (["explain", "no.check"], "There is no check"),
        (["lab", "start", "none"], "There is no lab"),
        (["note", "no.such", "text"], "There is no skill, lab, drill or day"),
    ],
)
def test_what_is_wrong_is_one_sentence(ready: Path, command: list[str], said: str) -> None:
    ended = backroad(ready, *command)
    assert ended.returncode == 1
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_wrong_usage_is_2(ready: Path) -> None:
    assert backroad(ready, "fly").returncode == 2
    assert backroad(ready, "today", "--fast").returncode == 2


def test_version(ready: Path) -> None:
    assert backroad(ready, "--version").stdout == f"backroad {__version__}\n"


@pytest.mark.parametrize("language", ["python", "node"])
def test_lab_start_writes_what_it_says(ready: Path, tmp_path: Path, language: str) -> None:
    folder = tmp_path / "mine"
    command = ["lab", "start", "shortener", "--language", language, "--into", str(folder), "--json"]
    written = json.loads(backroad(ready, *command).stdout)
    assert {"brief.md", "contract.yaml", "backroad.toml"} <= set(written["files"])
    assert all((folder / name).is_file() for name in written["files"])
    again = backroad(ready, *command)
    assert again.returncode == 1
    assert "not empty" in again.stderr


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ('lab = "shortener"\n[server]\nstrat = "x"\n', "start"),
        ('lab = "shortener"\n[server]\nstart = "false"\n', "exited with code 1"),
        ('lab = "nowhere"\n[server]\nstart = "true"\n', "There is no lab"),
        ('lab = "shortener"\n[server]\nurl = "http://192.0.2.1:80"\n', "only servers on this machine"),
        ('lab = "shortener\n', "backroad.toml"),
    ],
)
def test_prove_says_what_is_wrong_with_the_folder(ready: Path, tmp_path: Path, toml: str, said: str) -> None:
    (tmp_path / "backroad.toml").write_text(toml)
    ended = backroad(ready, "prove", str(tmp_path))
    assert ended.returncode in (1, 2)
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr


def test_ctrl_c_during_prove_leaves_no_process_and_says_so_in_the_run(ready: Path, tmp_path: Path) -> None:
    (tmp_path / "server.py").write_text("import time\nprint('up', flush=True)\ntime.sleep(60)\n")
    (tmp_path / "backroad.toml").write_text('lab = "shortener"\n[server]\nstart = "{python} server.py"\n')
    run = subprocess.Popen(
        [*COMMAND, "prove", str(tmp_path)],
        env=environment(ready),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    children: set[int] = set()
    while not children:
        listed = subprocess.run(["pgrep", "-f", str(tmp_path / "server.py")], capture_output=True, text=True)
        listed = (
            listed if listed.stdout else subprocess.run(["pgrep", "-P", str(run.pid)], capture_output=True, text=True)
        )
        children = {int(pid) for pid in listed.stdout.split()}
        assert run.poll() is None
    os.killpg(run.pid, signal.SIGINT)
    run.communicate(timeout=20)
    assert run.returncode == 130
    assert group_members(run.pid) == []
    assert not any(Path(f"/proc/{pid}").exists() for pid in children)


def test_written_drills_are_answered_from_files_and_lines(ready: Path, tmp_path: Path) -> None:
    query = tmp_path / "query.sql"
    query.write_text("SELECT name AS agent, 1 AS open FROM agents ORDER BY name")
    told = backroad(ready, "drill", "sql.joins/write-open-tickets", "--file", str(query)).stdout
    assert "✗ not right" in told
    assert "The number of rows is right, their values are not." in told
    assert "    expected\n" in told
    code = "IDEMPOTENT = 'GET HEAD OPTIONS TRACE PUT DELETE'.split()\n\ndef may_retry(method, status, has_key=False):\n"
    code += "    return status in (None, 502, 503, 504) and (method in IDEMPOTENT or has_key)\n.\n"
    assert "✓ right" in backroad(ready, "drill", "http.methods/code-may-retry", stdin=code).stdout
    said = backroad(ready, "drill", "sql.transactions/explain-lost-update", stdin="Both read.\n.\na,b\n").stdout
    assert "A model answer:" in said
    assert "✗ not right" in said
    broken = backroad(ready, "drill", "sql.joins/write-open-tickets", "--answer", "SELEC 1")
    assert broken.returncode == 1
    assert 'SQLite cannot run this: near "SELEC": syntax error.' in broken.stderr


def test_an_editor_is_opened_on_what_is_there(ready: Path, tmp_path: Path) -> None:
    import pty

    editor = tmp_path / "editor"
    editor.write_text("#!/bin/sh\ngrep -q 'SELECT a.name' $1 && echo 'DROP TABLE agents' > $1\n")
    editor.chmod(0o755)
    leader, terminal = pty.openpty()
    os.write(leader, b"\n")
    ended = subprocess.run(
        [*COMMAND, "drill", "sql.joins/write-open-tickets"],
        env={**environment(ready), "EDITOR": str(editor)},
        stdin=terminal,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(leader)
    os.close(terminal)
    assert "These statements give no table." in ended.stdout, ended.stderr


def test_the_editor_sees_a_configuration_file_under_its_own_name(ready: Path, tmp_path: Path) -> None:
    import pty

    editor = tmp_path / "editor"
    editor.write_text(
        "#!/bin/sh\n[ $(basename $1) = Dockerfile ] && printf 'FROM node:22.12\nCMD node server.js\n' > $1\n"
    )
    editor.chmod(0o755)
    leader, terminal = pty.openpty()
    os.write(leader, b"\n")
    ended = subprocess.run(
        [*COMMAND, "drill", "docker.images/mend-a-node-image"],
        env={**environment(ready), "EDITOR": str(editor)},
        stdin=terminal,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(leader)
    os.close(terminal)
    assert "Your answer: the whole Dockerfile" in ended.stdout
    assert "      line 1: FROM node:22.12\n      no USER in the last stage" in ended.stdout, ended.stderr
