"""A foreign API is judged by its document alone: nothing is found on a sound one, and its flaws are."""

import shutil
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from backroad.verifier import Report, Verdict
from backroad.verifier.config import read_config
from backroad.verifier.flaws import Edit
from backroad.verifier.openapi import conformance
from backroad.verifier.openapi.hints import Hints
from backroad.verifier.openapi.lab import all_checks
from backroad.verifier.openapi.prove import Api, open_api, prove_api
from backroad.verifier.toml_table import Table
from tests.verifier.openapi.documents import NOTES

QUICK = (
    "openapi.keeps",
    "openapi.changes",
    "openapi.deletes",
    "openapi.pages",
    "http",
    "access",
    "data",
    "races",
    "abuse",
)
FLAWS = sorted((NOTES / "flaws").glob("*.toml"))

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(NOTES, tmp_path / "notes", ignore=shutil.ignore_patterns("flaws", "*.db*"))


def opened(folder: Path, **hints: object) -> Api:
    return open_api(str(folder / "openapi.json"), Hints(**hints), folder=folder)  # type: ignore[arg-type]


def judged(folder: Path, *only: str) -> Report:
    return prove_api(opened(folder), read_config(folder), seed="G01D", only=only)


def verdicts(report: Report) -> dict[str, Verdict]:
    return {check.id: check.verdict for check in report.checks()}


def test_nothing_is_found_on_a_sound_api(folder: Path) -> None:
    report = judged(folder, *QUICK)
    found = verdicts(report)
    assert {check for check, verdict in found.items() if verdict in (Verdict.FAILED, Verdict.UNCLEAR)} == set()
    assert report.summary.passed >= 22
    assert report.exit_code == 0


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda path: path.stem)
def test_a_flaw_is_found(folder: Path, flaw: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = Table.read(flaw)
    for edit in [Edit(one.text("file"), one.text("old"), one.text("new")) for one in table.tables("edit")]:
        file = folder / edit.file
        text = file.read_text(encoding="utf-8")
        assert text.count(edit.old) == 1
        file.write_text(text.replace(edit.old, edit.new), encoding="utf-8")
    caught_by = table.texts("caught_by")
    monkeypatch.setattr(conformance, "EXAMPLES", 6)
    report = judged(folder, *caught_by)
    found = verdicts(report)
    assert {check: found[check] for check in caught_by} == dict.fromkeys(caught_by, Verdict.FAILED)
    for finding in [check.finding for check in report.checks() if check.finding is not None]:
        assert finding.curl.startswith("curl ") or caught_by[0].startswith("durability")
        assert "/openapi.json --only " in finding.again


def test_every_check_of_documents_has_a_flaw() -> None:
    caught = {check for flaw in FLAWS for check in Table.read(flaw).texts("caught_by")}
    assert {check.id for check in all_checks() if check.id.startswith("openapi.")} <= caught


def command(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "backroad", "prove", *arguments]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=cwd)


def test_the_command_says_first_what_it_inferred(folder: Path, tmp_path: Path) -> None:
    ran = command(
        "--openapi", "openapi.json", "--only", "http.answers_health", "--seed", "G01D", "--junit", "a.xml", "--html",
        "a.html", "--sarif", "a.sarif", "--markdown", "a.md", cwd=folder,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.startswith("  document    Notes, OpenAPI 3.0.3, 8 operations\n  collection  /notes and")
    assert "✓ 1 passed" in ran.stdout
    assert {path.name for path in folder.glob("a.*")} == {"a.xml", "a.html", "a.sarif", "a.md"}


def test_json_is_json(folder: Path) -> None:
    ran = command("--openapi", "openapi.json", "--only", "http.answers_health", "--json", cwd=folder)
    report = msgspec.json.decode(ran.stdout)
    assert (report["lab"], report["title"], report["summary"]["passed"]) == ("openapi", "Notes", 1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--openapi", "none.json"), "none.json: there is no such file."),
        (("--openapi", "wrong.json"), "wrong.json: #/paths is missing."),
        (("--openapi", "http://127.0.0.1:1/openapi.json"), "http://127.0.0.1:1/openapi.json cannot be read: "),
        (("--openapi", "openapi.json", "--url", "http://203.0.113.1"), "http://203.0.113.1 is not on this machine."),
        (("elsewhere", "--openapi", "openapi.json"), "It is not said where this API runs."),
    ],
)
def test_what_is_wrong_is_one_sentence(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    (folder / "wrong.json").write_text('{"openapi": "3.1.0"}')
    (folder / "elsewhere").mkdir()
    ran = command(*arguments, cwd=folder)
    assert ran.returncode == 2
    assert ran.stderr.startswith(f"backroad: {said}")
    assert "Traceback" not in ran.stderr


def test_hints_are_read_strictly(folder: Path) -> None:
    file = folder / "backroad.toml"
    file.write_text(file.read_text() + '\n[openapi]\ncolection = "/notes"\n')
    ran = command("--openapi", "openapi.json", cwd=folder)
    assert ran.returncode == 2
    assert "openapi.colection is not a known key" in ran.stderr
    assert "Did you mean collection?" in ran.stderr
