"""Registering platforms, by the rules and by the command line."""

import json
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from backroad.kit.db import Database
from backroad.kit.errors import NotFound, Problem
from backroad.lti import platforms, store
from tests.serving import COMMAND, environment

NOW = datetime(2027, 1, 4, tzinfo=UTC)
SOUND: dict[str, Any] = {
    "issuer": "https://moodle.example.org",
    "client_id": "abc",
    "login_url": "https://moodle.example.org/auth",
    "token_url": "https://moodle.example.org/token",
    "jwks_url": "https://moodle.example.org/jwks",
    "deployments": ["1"],
}


def add(db: Database, **changes: Any) -> Any:
    return db.run_now(lambda tx: platforms.add(tx, **{**SOUND, **changes}, now=NOW))


def test_the_same_client_of_the_same_issuer_is_one_platform(db: Database) -> None:
    first = add(db)
    assert (first.title, first.deployments) == ("moodle.example.org", ("1",))
    again = add(db, deployments=["1", "2", "2", " "], title="Moodle")
    assert (again.id, again.deployments, again.title) == (first.id, ("1", "2"), "Moodle")
    other = add(db, client_id="def")
    assert other.id != first.id
    assert len(db.run_now(lambda tx: store.of_issuer(tx, SOUND["issuer"]))) == 2
    db.run_now(lambda tx: platforms.remove(tx, other.id, NOW))
    with pytest.raises(NotFound):
        db.run_now(lambda tx: platforms.remove(tx, other.id, NOW))


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": ""}, {"issuer": "moodle"}, {"issuer": "https://" + "x" * 300}, {"client_id": ""},
        {"client_id": "a\nb"}, {"login_url": "http://moodle.example.org/auth"}, {"login_url": "javascript:x"},
        {"token_url": "https://user:pass@moodle.example.org/"}, {"jwks_url": "file:///etc/passwd"},
        {"jwks_url": "https://a b/"}, {"jwks_url": "https://x:99999999/"}, {"deployments": []}, {"deployments": [" "]},
        {"deployments": ["x" * 300]}, {"deployments": [str(n) for n in range(200)]},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(db: Database, wrong: dict[str, Any]) -> None:
    with pytest.raises(Problem):
        add(db, **wrong)
    assert db.run_now(lambda tx: store.platforms(tx)) == []


@pytest.mark.slow
def test_the_command_line(tmp_path: Path) -> None:
    env = {
        **environment(tmp_path / "home"), "BACKROAD_MODE": "server", "BACKROAD_PUBLIC_URL": "https://learn.example.org",
        "BACKROAD_SECRET_KEY": "s" * 40, "BACKROAD_MAIL_URL": (tmp_path / "mail").as_uri(),
    }  # fmt: skip

    def run(*words: str, env: dict[str, str] = env) -> subprocess.CompletedProcess[str]:
        command = [*COMMAND, *words]
        return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, cwd=tmp_path)

    shown = run("lti", "show")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "https://learn.example.org/lti/login" in shown.stdout
    assert "https://learn.example.org/.well-known/jwks.json" in shown.stdout
    given = [f"--{name.replace('_', '-')}={value}" for name, value in SOUND.items() if name != "deployments"]
    made = run("lti", "add", *given, "--deployment", "1", "--deployment", "2")
    assert (made.returncode, made.stderr) == (0, "")
    (listed,) = json.loads(run("lti", "list", "--json").stdout)
    assert (listed["issuer"], listed["deployments"]) == (SOUND["issuer"], ["1", "2"])
    wrong = run("lti", "add", *given, "--deployment", "1", "--title", "x", "--audience", "y", "--issuer=nonsense")
    assert wrong.returncode != 0
    assert "Traceback" not in wrong.stderr
    assert run("lti", "remove", listed["id"]).returncode == 0
    gone = run("lti", "remove", listed["id"])
    assert (gone.returncode, "There is no such platform." in gone.stderr) == (1, True)
    local = environment(tmp_path / "other")
    refused = run("lti", "show", env=local)
    assert (refused.returncode, "Only a server" in refused.stderr) == (1, True)
    assert "No key yet" in run("keys", "list", env=local).stdout
    rotated = run("keys", "rotate", "credential", env=local)
    assert (rotated.returncode, rotated.stderr) == (0, "")
    keys = json.loads(run("keys", "list", "--json", env=local).stdout)
    assert [key["purpose"] for key in keys] == ["credential", "credential"]
    assert run("keys", "withdraw", keys[0]["id"], env=local).returncode == 0
    assert run("keys", "withdraw", keys[0]["id"], env=local).returncode == 1
