"""`backroad start`: it says where it runs, it ends when asked, and it leaves nothing behind."""

import contextlib
import json
import os
import signal
import socket
import time
from pathlib import Path

import pytest

from tests.serving import Server, backroad, group_members, serving

pytestmark = pytest.mark.slow


def test_it_says_where_it_runs_and_where_the_data_is(home: Path) -> None:
    with serving(home) as server:
        assert server.said == f"Backroad runs at {server.url}   (Ctrl-C ends it; your data: {home})\n"
        assert (home / "backroad.db").is_file()
        with server.client() as client:
            assert client.get("/livez").text == "ok"


def ended(server: Server) -> bool:
    """Neither a process of its group nor a listener is left."""
    with socket.socket() as probe:
        return not group_members(server.process.pid) and probe.connect_ex(("127.0.0.1", server.port)) != 0


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("whom", ["group", "process"])
def test_it_ends_when_asked(home: Path, how: signal.Signals, whom: str) -> None:
    """Ctrl-C and a closed terminal reach the whole group; `kill` reaches one process."""
    with serving(home) as server, server.client() as client:
        assert client.get("/setup").status_code == 200, "a connection stays open meanwhile"
        before = len(group_members(server.process.pid))
        assert before >= 1
        (os.killpg if whom == "group" else os.kill)(server.process.pid, how)
        server.process.wait(10)
        assert ended(server)
        assert server.process.returncode == 0
        assert "Traceback" not in server.said


def test_pressing_ctrl_c_twice_and_more_is_once(home: Path) -> None:
    with serving(home) as server:
        for _ in range(5):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.process.pid, signal.SIGINT)
            time.sleep(0.01)
        server.process.wait(10)
        assert ended(server)
        assert "Traceback" not in server.said


def test_a_write_that_was_answered_is_there_after_kill(home: Path) -> None:
    with serving(home) as server:
        server.settle()
        with server.client() as client:
            note = {"kind": "day", "ref": "2027-01-04", "text": "kept"}
            assert client.post("/api/v1/notes", json=note).status_code == 201
        os.killpg(server.process.pid, signal.SIGKILL)
        server.process.wait(10)
    found = json.loads(backroad(home, "note", "2027-01-04", "--json").stdout)
    assert [one["text"] for one in found] == ["kept"]


def test_a_taken_port_is_told(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        told = backroad(home, "start", "--no-browser", "--port", str(port))
    assert told.returncode == 1
    assert f"Port {port} is taken" in told.stderr
    assert f"--port {port + 1}" in told.stderr


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_port_that_is_none_is_told(home: Path, port: str) -> None:
    told = backroad(home, "start", "--no-browser", "--port", port)
    assert told.returncode == 1
    assert f"BACKROAD_PORT is '{port}'" in told.stderr
    assert not home.exists()


def test_two_servers_can_share_a_data_folder(home: Path) -> None:
    """The second has its own port, and sees at once what the first has written."""
    with serving(home) as first:
        first.settle()
        with serving(home) as second, first.client() as one, second.client() as other:
            note = {"kind": "day", "ref": "2027-01-04", "text": "from the first"}
            made = one.post("/api/v1/notes", json=note).json()
            assert other.get(f"/api/v1/notes/{made['id']}").json() == made


def test_the_terminal_and_the_browser_see_the_same(home: Path) -> None:
    with serving(home) as server:
        server.settle()
        written = json.loads(backroad(home, "note", "sql.joins", "from the terminal", "--json").stdout)
        with server.client() as client:
            assert client.get(f"/api/v1/notes/{written[0]['id']}").json()["text"] == "from the terminal"
            assert "from the terminal" in client.get("/skills/sql.joins").text
        today = json.loads(backroad(home, "today", "--json").stdout)
        with server.client() as client:
            assert client.get("/api/v1/today").json() == today["day"]


def test_a_clock_that_is_none_is_told(home: Path) -> None:
    told = backroad(home, "plan", "--minutes", "60,60,60,60,60,60,60", now="yesterday")
    assert told.returncode == 1
    assert "BACKROAD_NOW is 'yesterday', which is not a moment" in told.stderr
