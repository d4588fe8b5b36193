"""The GitHub Action and the examples of the docs keep to the rules that others are judged by."""

import re
import subprocess
from pathlib import Path

import yaml

from backroad.verifier import Verdict
from backroad.verifier.repository import run_repository

ROOT = Path(__file__).parents[3]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text())
STEPS = ACTION["runs"]["steps"]
SCRIPTS = [step["run"] for step in STEPS if "run" in step]


def test_inputs_are_documented_and_used():
    text = (ROOT / "action.yml").read_text()
    used = set(re.findall(r"inputs\.([\w-]+)", text))
    assert used == set(ACTION["inputs"])
    assert all(one["description"].endswith(".") and "default" in one for one in ACTION["inputs"].values())


def test_scripts_are_bash_and_hold_no_text_of_others():
    assert len(SCRIPTS) == 4
    for script in SCRIPTS:
        assert "${{" not in script
        subprocess.run(["bash", "-n"], input=script, text=True, check=True)
    assert all(step["shell"] == "bash" for step in STEPS if "run" in step)


def test_it_ends_with_the_exit_code_of_the_run(tmp_path):
    judge = SCRIPTS[-1]
    for code, allowed, expected in (("0", "false", 0), ("1", "true", 1), ("2", "false", 2), ("2", "true", 0)):
        done = subprocess.run(["bash", "-c", judge], env={"CODE": code, "ALLOW_UNCLEAR": allowed}, check=False)
        assert done.returncode == expected


def test_the_options_that_the_action_uses_are_in_the_docs():
    docs = (ROOT / "docs" / "ci.md").read_text()
    assert all(
        f"`{option}" in docs for option in ("--sarif", "--markdown", "--junit", "--html", "--repository", "--no-record")
    )


def test_the_workflows_of_the_action_and_of_the_docs_keep_the_rules(tmp_path):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    example = re.search(r"```yaml\n(name: backroad\n.*?)```", (ROOT / "docs" / "ci.md").read_text(), re.DOTALL)
    assert example is not None
    (folder / "docs.yml").write_text(example[1])
    job = {"timeout-minutes": 5, "permissions": {}, "steps": [*STEPS, {"run": "backroad prove"}]}
    (folder / "action.yml").write_text(yaml.safe_dump({"on": "push", "jobs": {"action": job}}))
    reports = run_repository(tmp_path, only=["repository.workflow", "repository.files"])
    assert {report.id: report.verdict for report in reports if report.verdict is not Verdict.PASSED} == {}
