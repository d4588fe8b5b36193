"""A run in the terminal, followed live on the Run page."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import expect

from backroad.kit.paths import labs_dir
from tests.browser.conftest import OpenPage
from tests.serving import COMMAND, Server, environment, serving

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def reference_folder(folder: Path) -> Path:
    """The reference as a learner's own backend."""
    subprocess.run(["cp", "-r", str(labs_dir() / "shortener" / "reference"), str(folder)], check=True)
    (folder / "backroad.toml").write_text(
        f'lab = "shortener"\n[server]\nstart = "{sys.executable} app.py"\nready = "/healthz"\n', encoding="utf-8"
    )
    return folder


def newest_run(server: Server) -> dict[str, object]:
    with server.client() as client:
        items: list[dict[str, object]] = client.get("/api/v1/runs").json()["items"]
        return items[0]


def test_checks_appear_while_the_run_goes_on(tmp_path: Path, open_page: OpenPage) -> None:
    home = tmp_path / "home"
    folder = reference_folder(tmp_path / "mine")
    with serving(home) as server:
        server.settle()
        command = [*COMMAND, "prove", str(folder)]
        run = subprocess.Popen(
            command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert run.stdout is not None
        said = run.stdout.readline()
        address = re.search(r"/runs/\w+", said)
        assert address, said + run.stdout.read()
        page = open_page()
        page.goto(server.url + address[0])
        expect(page.locator("#transcript")).to_have_attribute("data-state", "running")
        page.evaluate("window.sameDocument = true")
        counts = {page.locator(".check").count()}
        while page.locator("#transcript").get_attribute("data-state") == "running":
            counts.add(page.locator(".check").count())
            page.wait_for_timeout(100)
        expect(page.locator("#transcript")).to_have_attribute("data-state", "finished", timeout=60_000)
        assert len(counts) >= 5, "the checks came one after another"
        assert page.evaluate("window.sameDocument"), "and without a reload"
        run.communicate(timeout=60)
        assert run.returncode == 0
        assert page.locator(".check").count() == sum(newest_run(server)["summary"].values())  # type: ignore[attr-defined]
        page.goto(f"{server.url}/labs/shortener")
        expect(page.locator(".stage").first).to_contain_text("6 of 6 passed")
        page.goto(f"{server.url}/skills/sql.constraints")
        expect(page.get_by_role("img", name="proven").first).to_be_visible()
        page.goto(f"{server.url}/road")
        expect(page.get_by_text(re.compile(r"[1-9]\d* proven,"))).to_be_visible()


def test_a_failed_check_shows_its_finding(tmp_path: Path, open_page: OpenPage) -> None:
    home = tmp_path / "home"
    folder = reference_folder(tmp_path / "mine")
    app = folder / "app.py"
    app.write_text(
        app.read_text(encoding="utf-8").replace('"Location"', '"X-Location"').replace('"location"', '"x-location"')
    )
    with serving(home) as server:
        server.settle()
        command = [*COMMAND, "prove", str(folder), "--only", "data.creates", "--json"]
        run = subprocess.run(command, env=environment(home), capture_output=True, text=True, timeout=60)
        assert run.returncode == 1, run.stderr
        assert json.loads(run.stdout)["summary"]["failed"] == 1
        page = open_page(375)
        page.goto(f"{server.url}/runs/{newest_run(server)['id']}")
        finding = page.locator(".finding").first
        expect(finding).to_contain_text("expected")
        expect(finding.locator("code", has_text="backroad prove --only data.creates")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 375
