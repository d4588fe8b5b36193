"""A folder of texts: the same rules, no disk."""

import pytest

from backroad.verifier.repository import run_repository
from backroad.verifier.repository.folder import Trouble
from backroad.verifier.repository.given import GivenFolder
from backroad.verifier.verdict import Verdict


def test_rules_judge_texts_as_they_judge_files() -> None:
    folder = GivenFolder({"Dockerfile": "FROM node\nCMD node a.js\n"})
    reports = {one.id: one for one in run_repository(folder, only=["repository.docker_"])}
    pins = reports["repository.docker_pins_base_images"]
    assert pins.finding
    assert pins.finding.got == "Dockerfile:1  node has no tag, which means latest"


def test_only_what_was_given_is_there() -> None:
    folder = GivenFolder({".gitignore": "a/\n", "sub/.gitignore": "!x\n*.log\n"})
    assert folder.files == (".gitignore", "sub/.gitignore")
    assert not folder.has("etc/passwd")
    for path in ("etc/passwd", "/etc/passwd", "../etc/passwd"):
        with pytest.raises(Trouble, match="there is no such file"):
            folder.text(path)
    assert [folder.git.ignores(path) for path in ("a/b", "sub/x.log", "x.log")] == [True, True, False]


def test_a_rule_over_all_files_searches_the_texts_alone() -> None:
    key = "AKIA" + "Q3JZ7XWLM2PN4RTV"
    for text, verdict in ((key, Verdict.FAILED), ("nothing", Verdict.PASSED)):
        (report,) = run_repository(GivenFolder({"a.txt": text}), only=["repository.secrets_stay_out"])
        assert report.verdict is verdict
