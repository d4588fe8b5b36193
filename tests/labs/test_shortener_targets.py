"""The shortener's checks on backends that keep the contract, and on backends with one mistake each."""

import ast
import re
import tomllib
from pathlib import Path

import pytest
import yaml
from openapi_spec_validator import validate

from backroad.kit.paths import content_dir, labs_dir
from backroad.verifier import Report, Verdict, load_lab, prove, prove_reference, read_config, run_flaws
from backroad.verifier.flaws import apply, read_flaw
from backroad.verifier.golden import compare_golden

LAB = load_lab(labs_dir() / "shortener")
NODE_TARGET = Path(__file__).parents[1] / "targets" / "shortener-node"
GOLDEN = Path(__file__).parents[1] / "golden" / "shortener"
CHECKS = {item.id: item for item in LAB.checks()}
FLAWS = {flaw.name: read_flaw(flaw, LAB) for flaw in LAB.flaws()}


def not_passed(report: Report) -> list[str]:
    return [
        f"{check.id}: {check.verdict} {check.reason or check.finding}"
        for check in report.checks()
        if check.verdict is not Verdict.PASSED
    ]


def test_the_contract_is_valid_openapi() -> None:
    validate(yaml.safe_load((LAB.folder / "contract.yaml").read_text(encoding="utf-8")))


def test_stages_add_up_to_the_minutes_of_the_lab() -> None:
    assert len(LAB.stages) == 8
    assert sum(stage.minutes for stage in LAB.stages) == LAB.minutes


def test_every_check_proves_skills_that_exist() -> None:
    proven = {skill for item in CHECKS.values() for skill in item.proves} | set(LAB.requires)
    missing = [skill for skill in proven if not content_dir().joinpath("skills", *skill.split(".")).is_dir()]
    assert missing == []


@pytest.mark.parametrize("check_id", CHECKS)
def test_docstring_says_claim_reason_and_fix(check_id: str) -> None:
    check = CHECKS[check_id].check
    assert check.claim.endswith("."), "the claim is one sentence"
    assert len(check.claim) <= 160
    assert check.why
    assert check.fix
    assert not re.search(r"!", check.claim + check.why + check.fix.replace("X-", "")), "no exclamation marks"


@pytest.mark.parametrize("check_id", CHECKS)
def test_a_check_is_short(check_id: str) -> None:
    text = CHECKS[check_id].check.path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 75
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.AsyncFunctionDef)]
    assert functions[0].name == "run"


def test_every_check_has_a_flaw() -> None:
    covered = {check_id for flaw in FLAWS.values() for check_id in flaw.caught_by}
    assert set(CHECKS) - covered == set()


@pytest.mark.parametrize("name", FLAWS)
def test_a_flaw_still_fits_the_reference_and_is_valid_python(name: str, tmp_path: Path) -> None:
    for file in (LAB.folder / "reference").glob("*.py"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    apply(FLAWS[name], tmp_path)
    for file in tmp_path.glob("*.py"):
        compile(file.read_text(encoding="utf-8"), file.name, "exec")


@pytest.mark.parametrize("language", ["python", pytest.param("node", marks=pytest.mark.node)])
def test_a_starter_boots_and_passes_the_first_checks(language: str) -> None:
    starter = LAB.folder / "starters" / language
    assert tomllib.loads((starter / "backroad.toml").read_text(encoding="utf-8"))["lab"] == LAB.slug
    first = [item.id for item in LAB.stages[0].checks][:2]
    assert not_passed(prove(LAB, read_config(starter), only=first)) == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", ["0001", "0002"])
def test_the_reference_passes_everything(seed: str) -> None:
    assert not_passed(prove_reference(LAB, seed=seed)) == []


@pytest.mark.slow
@pytest.mark.node
@pytest.mark.parametrize("seed", ["0001", "0002"])
def test_the_node_target_passes_everything(seed: str) -> None:
    assert not_passed(prove(LAB, read_config(NODE_TARGET), seed=seed)) == []


@pytest.mark.slow
def test_each_flaw_is_caught_by_exactly_its_checks() -> None:
    report = run_flaws(LAB, jobs=2)
    wrong = [
        f"{detail.flaw}: missed {detail.missed}, false findings {detail.false_findings}, unclear {detail.unclear}"
        for detail in report.details
        if detail.missed or detail.false_findings or detail.unclear
    ]
    assert wrong == []
    assert report.uncovered == ()
    assert compare_golden(report, GOLDEN) == []
