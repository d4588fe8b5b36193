"""Open questions: shown, then graded by the learner, and never what a standing rests on."""

from pathlib import Path

import pytest

from backroad.drills.grade import from_form, grade
from backroad.drills.kinds.open import Open
from backroad.drills.load import load_drills
from backroad.drills.model import part_key, show
from backroad.kit.errors import Problem
from tests.drills import samples

POINTS = [part_key(point) for point in ("pairs rows", "by a condition", "of two tables")]


@pytest.fixture
def drill(tmp_path: Path) -> Open:
    (found,) = load_drills(samples.write_skill(tmp_path, "area.one", drills=samples.OPEN_TOML))
    assert isinstance(found, Open)
    return found


def test_first_comes_the_model_answer_without_a_verdict(drill: Open) -> None:
    result = grade(drill, {"text": "Rows side by side."})
    assert (result.outcome, result.score, result.right) == ("unclear", 0, ("It pairs **rows**.",))
    assert [part.key for part in result.feedback] == POINTS
    assert "pairs" not in str(show(drill, learner="a", seed="b"))


@pytest.mark.parametrize(("count", "outcome"), [(0, "failed"), (2, "failed"), (3, "passed")])
def test_then_the_learner_says_which_points_were_there(drill: Open, count: int, outcome: str) -> None:
    result = grade(drill, {"text": "Rows.", "points": POINTS[:count]})
    assert (result.outcome, result.score) == (outcome, pytest.approx(count / 3))
    fields = [("text", "Rows."), ("points", ""), *(("points", key) for key in POINTS[:count])]
    assert grade(drill, from_form(fields)) == result


def test_points_without_an_answer_are_a_problem(drill: Open) -> None:
    with pytest.raises(Problem, match="This answer has no `text`"):
        grade(drill, {"points": POINTS})
    with pytest.raises(Problem, match="names something that is not in the drill"):
        grade(drill, {"text": "Rows.", "points": ["nonsense"]})
