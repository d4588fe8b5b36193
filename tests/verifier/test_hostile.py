"""Whatever a target does, a run ends in time, in little memory, with a verdict, and leaves nothing behind."""

import json
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest

SERVER = Path(__file__).parent / "hostile_server.py"
MEMORY = 200 << 20  # bytes
ALL = [
    "silent", "dripping", "redirecting", "endless_body", "endless_chunks", "endless_headers", "bomb", "deep", "no_http",
    "no_text", "wrong_length", "closing", "flooding", "forking", "deaf",
]  # fmt: skip

pytestmark = pytest.mark.slow


class Watch(threading.Thread):
    """The most memory that one process had."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.process = psutil.Process(pid)
        self.start()

    def run(self) -> None:
        try:
            while True:
                self.most = max(self.most, self.process.memory_info().rss)
                time.sleep(0.02)
        except psutil.Error:
            pass


def marked(mark: str) -> list[int]:
    """Processes whose command line names this folder or server."""
    found = psutil.process_iter(["cmdline"])
    return [one.pid for one in found if any(mark in word for word in one.info["cmdline"] or ())]


@pytest.mark.parametrize("how", ALL)
def test_a_run_on_a_hostile_target(how: str, tmp_path: Path) -> None:
    server = tmp_path / "server.py"
    server.write_bytes(SERVER.read_bytes())
    (tmp_path / "backroad.toml").write_text(
        f'lab = "shortener"\n[server]\nstart = "{sys.executable} {server} {how}"\nstop_seconds = 2\n', encoding="utf-8"
    )
    command = [sys.executable, "-c", "from backroad.cli import main; main()", "prove", "--no-record", "--json"]
    run = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    watch = Watch(run.pid)
    out, err = run.communicate(timeout=120)
    assert run.returncode == 1, err.decode()
    summary = json.loads(out)["summary"]
    assert summary["failed"] > 0
    assert b"Traceback" not in out + err
    assert b"the check itself broke" not in out
    assert len(out) < 20 << 20
    assert watch.most < MEMORY
    assert marked(str(server)) == []
