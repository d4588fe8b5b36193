from pathlib import Path

import pytest

from backroad.verifier import Verdict
from backroad.verifier.repository import load_rules
from tests.verifier.repository.samples import SAYS, judged, read_sample, said, samples

SAMPLES = samples()


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_rule_says_what_its_sample_holds(path: Path, tmp_path: Path) -> None:
    assert said(judged(path, tmp_path)) == read_sample(path)[SAYS]


def test_every_rule_has_a_sample_that_fails_and_one_that_passes() -> None:
    verdicts = {(path.parent.name, read_sample(path)[SAYS].split("\n")[0].partition(":")[0]) for path in SAMPLES}
    names = [rule.id.removeprefix("repository.") for rule in load_rules()]
    assert [name for name in names if (name, Verdict.FAILED) not in verdicts] == []
    assert [name for name in names if (name, Verdict.PASSED) not in verdicts] == []
    assert sorted({path.parent.name for path in SAMPLES}) == names
