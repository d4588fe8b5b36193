"""An `http` drill in the terminal: as a text, and with a client of the learner's own."""

import os
import pty
import re
import select
import subprocess
import time
from pathlib import Path

import httpx2
import pytest

from tests.serving import COMMAND, backroad, environment, serving

pytestmark = pytest.mark.slow
DRILL = "http.methods/send-head-options"


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with a learner in it."""
    home = tmp_path_factory.mktemp("http") / "home"
    with serving(home) as server:
        server.settle()
    return home


class Terminal:
    """`backroad drill` on a terminal of its own."""

    def __init__(self, home: Path) -> None:
        self.ours, theirs = pty.openpty()
        command = [*COMMAND, "drill", DRILL]
        self.process = subprocess.Popen(
            command, env=environment(home) | {"VISUAL": "", "EDITOR": ""}, stdin=theirs, stdout=theirs, stderr=theirs
        )
        os.close(theirs)
        self.said = ""

    def until(self, pattern: str, seconds: float = 60) -> re.Match[str]:
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.said)):
            assert time.monotonic() < end, self.said
            if select.select([self.ours], [], [], 0.2)[0]:
                try:
                    self.said += os.read(self.ours, 65536).decode()
                except OSError:  # how Linux says that the other end is closed
                    time.sleep(0.05)
        return found

    def type(self, text: str) -> None:
        os.write(self.ours, text.encode())

    def close(self) -> None:
        self.process.kill()
        self.process.wait(10)
        os.close(self.ours)


def test_a_text_of_requests_is_judged(ready: Path, tmp_path: Path) -> None:
    file = tmp_path / "requests.http"
    file.write_text("GET /archive.tar\n###\nOPTIONS /archive.tar\n###\nDELETE /archive.tar\n###\nHEAD /archive.tar\n")
    said = backroad(ready, "drill", DRILL, "--file", str(file)).stdout
    assert "Your answer: requests, with ### between" in said
    assert "The size stands in the headers of a GET too" in said
    assert "The size is learned, and the file is not transferred. All of the file was transferred." in said
    assert "what passed between client and server:\n    > GET /archive.tar\n    < 200 OK" in said
    refused = backroad(ready, "drill", DRILL, "--answer", "GET http://example.com/")
    assert refused.returncode == 1
    assert "'http://example.com/' is no path" in refused.stderr


def test_a_client_of_ones_own_ends_the_drill_when_all_is_reached(ready: Path) -> None:
    terminal = Terminal(ready)
    try:
        terminal.until("type s to start the server")
        terminal.type("s\n")
        url = terminal.until(r"http://127\.0\.0\.1:\d+")[0]
        terminal.type("\n")
        terminal.until("Nothing has arrived yet")
        with httpx2.Client(base_url=url) as client:
            for method in ("HEAD", "OPTIONS", "DELETE", "GET"):
                client.request(method, "/archive.tar")
        terminal.until("✓ right")
        assert "  DELETE /archive.tar  204" in terminal.said
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()


def test_enter_has_it_judged_as_it_is(ready: Path) -> None:
    terminal = Terminal(ready)
    try:
        terminal.until("type s to start the server")
        terminal.type("s\n")
        url = terminal.until(r"http://127\.0\.0\.1:\d+")[0]
        httpx2.head(f"{url}/archive.tar")
        terminal.until("HEAD /archive.tar  200")
        terminal.type("\n")
        terminal.until("✗ not right")
        terminal.until("No answer with Allow came before")
        assert terminal.process.wait(30) == 0
    finally:
        terminal.close()
