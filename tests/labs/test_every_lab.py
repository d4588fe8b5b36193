"""Every lab: its files, its reference, and its checks on backends with one mistake each."""

import ast
import re
import shutil
import tomllib
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from backroad.kit.paths import content_dir, labs_dir
from backroad.labs.library import LabLibrary
from backroad.verifier import Report, Verdict, prove, prove_reference, read_config, run_flaws
from backroad.verifier.flaws import apply, read_flaw
from backroad.verifier.lab import Lab

LIBRARY = LabLibrary(labs_dir())
LABS = LIBRARY.all
NODE_TARGET = Path(__file__).parents[1] / "targets" / "shortener-node"
CHECKS = {item.id: item.check for lab in LABS for item in lab.checks()}
STARTERS = {"python": "python3", "node": "node", "go": "go", "java": "java", "php": "php"}
"""Language -> the program without which its starters cannot run."""

each_lab = pytest.mark.parametrize("lab", LABS, ids=lambda lab: lab.slug)


def not_passed(report: Report) -> list[str]:
    """A check for which this machine lacks a server is no failure."""
    return [
        f"{check.id}: {check.verdict} {check.reason or check.finding}"
        for check in report.checks()
        if check.verdict in (Verdict.FAILED, Verdict.UNCLEAR)
    ]


@each_lab
def test_the_contract_is_valid_openapi(lab: Lab) -> None:
    validate(yaml.safe_load((lab.folder / "contract.yaml").read_text(encoding="utf-8")))


@each_lab
def test_stages_add_up_to_the_minutes_of_the_lab(lab: Lab) -> None:
    assert 4 <= len(lab.stages) <= 9
    assert sum(stage.minutes for stage in lab.stages) == lab.minutes


@each_lab
def test_every_check_proves_skills_that_exist(lab: Lab) -> None:
    proven = {skill for item in lab.checks() for skill in item.proves} | set(lab.requires)
    missing = [skill for skill in proven if not content_dir().joinpath("skills", *skill.split(".")).is_dir()]
    assert missing == []


@each_lab
def test_a_lab_is_whole(lab: Lab) -> None:
    own = [item.id for item in lab.checks() if item.id.startswith(f"{lab.slug}.")]
    assert len(lab.checks()) >= 25
    assert len(own) >= 8
    assert len(lab.flaws()) >= 12
    assert set(STARTERS) <= {path.name for path in (lab.folder / "starters").iterdir()}


def test_docstrings_say_claim_reason_and_fix() -> None:
    for check_id, check in CHECKS.items():
        assert check.claim.endswith("."), f"{check_id}: the claim is one sentence"
        assert len(check.claim) <= 160, check_id
        assert check.why, check_id
        assert check.fix, check_id
        assert not re.search(r"!(?!=)", check.claim + check.why), f"{check_id}: no exclamation marks"


def test_checks_are_short() -> None:
    for check_id, check in CHECKS.items():
        text = check.path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 75, check_id
        assert "run" in [node.name for node in ast.parse(text).body if isinstance(node, ast.AsyncFunctionDef)], check_id


@each_lab
def test_every_check_has_a_flaw(lab: Lab) -> None:
    covered = {check_id for flaw in lab.flaws() for check_id in read_flaw(flaw, lab).caught_by}
    assert {item.id for item in lab.checks()} - covered == set()


@pytest.mark.slow
@each_lab
def test_flaws_still_fit_the_reference_and_are_valid_python(lab: Lab, tmp_path: Path) -> None:
    for flaw in lab.flaws():
        found = read_flaw(flaw, lab)
        changed = {edit.file for edit in found.edits}
        for file in changed:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(lab.folder / "reference" / file, tmp_path / file)
        apply(found, tmp_path)
        for file in changed:
            if file.endswith(".py"):
                compile((tmp_path / file).read_text(encoding="utf-8"), f"{flaw.name}: {file}", "exec")


@pytest.mark.slow
@pytest.mark.parametrize("language", STARTERS)
@each_lab
def test_a_starter_boots_and_answers_the_health_path(lab: Lab, language: str) -> None:
    if shutil.which(STARTERS[language]) is None:
        pytest.skip(f"there is no {STARTERS[language]}")
    starter = lab.folder / "starters" / language
    assert tomllib.loads((starter / "backroad.toml").read_text(encoding="utf-8"))["lab"] == lab.slug
    assert not_passed(prove(lab, read_config(starter), only=["http.answers_health"])) == []


@pytest.mark.slow
@pytest.mark.long
@each_lab
def test_the_reference_passes_everything(lab: Lab) -> None:
    assert not_passed(prove_reference(lab, seed="0002")) == []


@pytest.mark.slow
@pytest.mark.parametrize("app", [lab for lab in LABS if not lab.app], ids=lambda lab: lab.slug)
def test_the_capstone_takes_any_finished_lab(app: Lab) -> None:
    """As it stands, before anything was done for production: files are missing, and nothing is unclear."""
    capstone = LIBRARY.get("capstone", app.slug)
    report = prove(capstone, app.reference_config(), only=["http.answers_health", "7"], seed="0003")
    verdicts = {check.id: check.verdict for check in report.checks()}
    assert Verdict.UNCLEAR not in verdicts.values()
    assert verdicts["http.answers_health"] is Verdict.PASSED
    assert verdicts["capstone.ships_an_image"] is Verdict.FAILED
    assert all(check.reason for check in report.checks() if check.verdict is Verdict.NOT_RUN)


@pytest.mark.slow
@pytest.mark.node
def test_the_node_target_passes_everything() -> None:
    lab = next(lab for lab in LABS if lab.slug == "shortener")
    assert not_passed(prove(lab, read_config(NODE_TARGET), seed="0001")) == []


@pytest.mark.slow
@pytest.mark.long
def test_each_flaw_is_caught_by_its_checks() -> None:
    """Of one lab; `make matrix` does it for all."""
    report = run_flaws(labs_dir() / "shortener", jobs=2, narrow=True)
    wrong = [
        f"{detail.flaw}: missed {detail.missed}, false findings {detail.false_findings}, unclear {detail.unclear}"
        for detail in report.details
        if detail.missed or detail.false_findings or detail.unclear
    ]
    assert wrong == []
