"""`backroad login`, `whoami` and `logout`, as processes, against a real server."""

import html
import json
import re
import stat
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.server_mode import Hosted, hosting
from tests.serving import COMMAND, environment

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hosted]:
    with hosting(tmp_path_factory.mktemp("login"), now="") as running:
        yield running


def run(home: Path, *arguments: str, stdin: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    env = {**environment(home, ""), **variables}
    return subprocess.run(
        [*COMMAND, *arguments], env=env, input=stdin, capture_output=True, text=True, timeout=60, cwd=home.parent
    )


@contextmanager
def login(home: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`backroad login` while it waits, and the code that it shows."""
    process = subprocess.Popen(
        [*COMMAND, "login", *arguments, "--no-browser"], env=environment(home, ""), text=True, cwd=home.parent,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        code = ""
        while not code:
            line = process.stdout.readline()
            assert line, process.communicate()
            found = re.search(r"[B-Z]{4}-[B-Z]{4}", line)
            code = found[0] if found else ""
        yield process, code
    finally:
        process.kill()
        process.communicate()


def signed_in(server: Hosted, home: Path) -> dict[str, object]:
    """What it has kept."""
    with login(home, server.url) as (process, code):
        server.alice.client.post("/device", data={"user_code": code, "decision": "allow"})
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 0, errors
    assert f"You are signed in to {server.url} as Alice (alice@example.org)." in out
    kept: dict[str, object] = json.loads((home / "server.json").read_text())
    return kept


def test_login_whoami_logout(server: Hosted, home: Path) -> None:
    kept = signed_in(server, home)
    assert stat.S_IMODE((home / "server.json").stat().st_mode) == 0o600
    assert kept["server"] == server.url
    said = run(home, "whoami")
    assert f"Alice (alice@example.org) at {server.url}" in said.stdout
    assert "scopes read submit write" in said.stdout
    assert json.loads(run(home, "whoami", "--json").stdout)["id"] == server.alice.id
    shown = html.unescape(server.alice.client.get("/settings/tokens").text)
    assert "backroad/" in shown
    assert run(home, "logout").returncode == 0
    assert not (home / "server.json").exists()
    bearer = {"authorization": f"Bearer {kept['token']}"}
    assert server.client().get("/api/v1/me", headers=bearer).status_code == 401
    assert run(home, "whoami").returncode == 1
    assert run(home, "logout").stdout == "You are not signed in to a server.\n"


def test_tokens_are_renewed_and_commands_side_by_side_share_one(server: Hosted, home: Path) -> None:
    kept = signed_in(server, home)
    file = home / "server.json"
    file.write_text(json.dumps({**kept, "expires_at": time.time() - 1}))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: run(home, "whoami"), range(4)))
    assert [answer.returncode for answer in answers] == [0, 0, 0, 0], [answer.stderr for answer in answers]
    fresh = json.loads(file.read_text())
    assert fresh["refresh"] != kept["refresh"]
    assert fresh["expires_at"] > time.time() + 600
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    # A copy of the old one ends the grant, and this machine says what to do.
    server.client().post(
        "/oauth/token",
        data={"grant_type": "refresh_token", "refresh_token": str(kept["refresh"]), "client_id": "backroad-cli"},
    )
    file.write_text(json.dumps({**fresh, "expires_at": time.time() - 1}))
    ended = run(home, "whoami")
    assert ended.returncode == 1
    assert f"You are signed out of {server.url}." in ended.stderr
    assert f"backroad login {server.url}" in ended.stderr
    assert not file.exists()


def test_other_commands_use_it(server: Hosted, home: Path) -> None:
    kept = signed_in(server, home)
    (home / "server.json").write_text(json.dumps({**kept, "expires_at": time.time() - 1}))
    sent = run(home, "push", "--json")
    assert "Sign in" not in sent.stderr, sent.stderr
    fresh = json.loads((home / "server.json").read_text())
    assert fresh["token"] != kept["token"]


def test_a_personal_token_from_standard_input_and_the_environment(server: Hosted, home: Path) -> None:
    made = server.alice.client.post("/api/v1/tokens", json={"name": "laptop", "scopes": ["read"]})
    word = made.json()["word"]
    done = run(home, "login", "--server", server.url, "--with-token", stdin=f"{word}\n")
    assert done.returncode == 0, done.stderr
    assert word not in done.stdout
    assert json.loads((home / "server.json").read_text())["token"] == word
    assert "scopes read\n" in run(home, "whoami").stdout
    assert run(home, "logout").returncode == 0
    from_env = run(home, "whoami", BACKROAD_SERVER=server.url, BACKROAD_TOKEN=word)
    assert "scopes read\n" in from_env.stdout
    assert run(home, "login", server.url, "--with-token", stdin="secret\n").returncode == 1
    assert run(home, "login", server.url, "--with-token", stdin="bkr_" + "x" * 46).returncode == 1


def test_a_refused_login_changes_nothing(server: Hosted, home: Path) -> None:
    with login(home, server.url) as (process, code):
        server.alice.client.post("/device", data={"user_code": code, "decision": "deny"})
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert "You refused it in the browser" in errors
    assert not (home / "server.json").exists()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://learn.example.org", "plain http"),
        ("ftp://learn.example.org", "no URL of a server"),
        ("https://learn.example.org/path", "no URL of a server"),
        ("https://user@learn.example.org", "no URL of a server"),
        ("http://127.0.0.1:1", "cannot be reached"),
        ("http://[::1", "no URL of a server"),
    ],
)
def test_wrong_addresses(home: Path, url: str, said: str) -> None:
    answer = run(home, "login", url)
    assert answer.returncode == 1
    assert said in answer.stderr
    assert "Traceback" not in answer.stderr


def test_without_an_address_and_with_a_broken_file(server: Hosted, home: Path) -> None:
    assert "which server" in run(home, "login").stderr
    home.mkdir(exist_ok=True)
    (home / "server.json").write_text("{")
    for command in ("whoami", "logout"):
        answer = run(home, command)
        assert answer.returncode == 1
        assert "cannot be read" in answer.stderr
    word = server.alice.client.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}).json()["word"]
    assert run(home, "login", server.url, "--with-token", stdin=word).returncode == 0
    assert run(home, "whoami").returncode == 0


def test_an_address_that_is_not_the_servers_own(server: Hosted, home: Path) -> None:
    """The server answers under its own name only, so nobody between passes as it."""
    other = server.url.replace("localhost", "127.0.0.1")
    answer = run(home, "login", other)
    assert answer.returncode == 1
    assert "does not answer like a Backroad" in answer.stderr
