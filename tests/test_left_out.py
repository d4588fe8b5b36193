"""What this machine cannot run is left out, and the summary says so; in CI it is an error."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
ROOT = Path(__file__).parents[1]


def collected(tmp_path: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The browser tests and one other, on a machine without any program."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("CI", "BACKROAD_CHROMIUM")}
    tests = ["tests/browser/test_every_page.py", "tests/road/test_view.py"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-p", "no:cacheprovider", *tests],
        env={**inherited, "PATH": str(tmp_path), **environ},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_without_chromium(tmp_path: Path) -> None:
    ended = collected(tmp_path)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "browser tests, because there is no Chromium; install it to run them" in ended.stdout
    assert "test_axe_finds" not in ended.stdout
    assert "test_an_empty_map_is_no_fault" in ended.stdout


def test_without_chromium_in_ci(tmp_path: Path) -> None:
    ended = collected(tmp_path, CI="true")
    assert ended.returncode != 0
    assert "there is no Chromium" in ended.stdout + ended.stderr


def test_with_chromium_named(tmp_path: Path) -> None:
    ended = collected(tmp_path, CI="true", BACKROAD_CHROMIUM=sys.executable)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    assert "left out" not in ended.stdout
    assert "test_axe_finds" in ended.stdout
