"""Makes the pictures of the README: Today in a browser, and a run of the verifier in the terminal."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.console import Console

ROOT = Path(__file__).resolve().parent.parent
IMAGES = ROOT / "docs" / "images"
SHOWN_FLAW = "looks_before_it_inserts"
NOW = "2027-01-07T18:30:00+00:00"
WEEK = [("minutes", str(minutes)) for minutes in (60, 60, 60, 60, 60, 120, 0)]
SETTLED = [*WEEK, ("start", "2027-01-04"), ("days_off", ""), ("language", "python"), ("road", "canonical")]


def main() -> None:
    IMAGES.mkdir(parents=True, exist_ok=True)
    picture_of_a_run()
    picture_of_today()


def picture_of_a_run() -> None:
    """The same report that `backroad prove` draws, of the reference with one deliberate mistake."""
    from backroad.kit.paths import labs_dir
    from backroad.verifier.flaws import apply, read_flaw
    from backroad.verifier.lab import load_lab
    from backroad.verifier.reports.terminal import TerminalReport
    from backroad.verifier.run import run_reference, run_to_end

    lab = load_lab(labs_dir() / "shortener")
    flaw = read_flaw(next(flaw for flaw in lab.flaws() if flaw.name == SHOWN_FLAW), lab)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(record=True, width=92, file=nowhere, force_terminal=False, color_system="truecolor")
        with TerminalReport(console) as report:
            run_to_end(run_reference(lab, seed="7Q2F", on_event=report, prepare=lambda copy: apply(flaw, copy)))
        svg = console.export_svg(title="backroad prove", code_format=_without_fonts(CONSOLE_SVG_FORMAT))
    (IMAGES / "prove.svg").write_text(svg, encoding="utf-8")


def _without_fonts(template: str) -> str:
    """The picture uses the reader's monospace font; nothing is fetched."""
    return re.sub(r"@font-face \{\{.*?\}\}\n", "", template, flags=re.DOTALL).replace("Fira Code, ", "")


def picture_of_today() -> None:
    from playwright.sync_api import sync_playwright

    browser_path = shutil.which("chromium") or shutil.which("google-chrome")
    if browser_path is None:
        sys.exit("demo: there is no Chromium on this machine, so the picture of Today was not made.")
    with tempfile.TemporaryDirectory() as home, _server(home) as address, sync_playwright() as playwright:
        form = urllib.parse.urlencode(SETTLED).encode()
        urllib.request.urlopen(f"{address}/setup", form).close()
        browser = playwright.chromium.launch(executable_path=browser_path, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1100, "height": 620}, color_scheme="light")
        page.goto(address)
        page.screenshot(path=IMAGES / "today.png")
        browser.close()


class _server:
    """`backroad start` on a free port, ended with the block."""

    def __init__(self, home: str) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.environ = {**os.environ, "BACKROAD_HOME": home, "BACKROAD_PORT": str(self.port), "BACKROAD_NOW": NOW}

    def __enter__(self) -> str:
        command = [sys.executable, "-m", "backroad", "start", "--no-browser"]
        self.process = subprocess.Popen(command, env=self.environ, stdout=subprocess.DEVNULL)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return f"http://127.0.0.1:{self.port}"
            time.sleep(0.1)
        raise RuntimeError("the server did not start")

    def __exit__(self, *_: object) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(10)


if __name__ == "__main__":
    main()
