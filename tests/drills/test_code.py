"""Code drills: what is compared, what is said, and that keys are proven."""

from pathlib import Path
from typing import Any

import msgspec
import pytest

from backroad.drills.grade import grade
from backroad.drills.keys import check_keys
from backroad.drills.kinds import WRITTEN
from backroad.drills.kinds.code import CallTest, Code, alike, literal
from backroad.drills.load import load_drills
from backroad.drills.model import KINDS, show
from tests.drills import samples

pytestmark = pytest.mark.slow  # each answer runs in a process of its own


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Code:
    (found,) = load_drills(samples.write_skill(tmp_path_factory.mktemp("code"), "area.one", drills=samples.CODE_TOML))
    assert isinstance(found, Code)
    return found


def test_the_key_passes(drill: Code) -> None:
    result = grade(drill, {"text": drill.answer + "\nprint('hello')"})
    assert (result.outcome, result.score, result.printed) == ("passed", 1, "hello\n")
    assert [(part.text, part.given, part.ok) for part in result.feedback] == [
        ("double(2)", "4", True),
        ("double(3)", "6", True),
    ]


def test_a_failed_test_says_what_came_and_why(drill: Code) -> None:
    known, passed, failed = grade(drill, "def double(number):\r\n    return number ** 2\r\n").feedback
    assert known.why == "That squares."
    assert passed.ok
    assert (failed.given, failed.wanted, failed.why) == ("9", "6", "Twice, not squared.")


def test_nothing_that_is_shown_tells_the_answer(drill: Code) -> None:
    shown = show(drill, learner="a", seed="b")
    assert (shown.language, shown.start) == ("python", drill.start)
    assert drill.answer not in str(shown)


def test_each_written_kind_has_its_name_in_the_list() -> None:
    assert set(WRITTEN) <= set(KINDS)
    assert all(name == kind.kind for name, kind in WRITTEN.items())


ALIKE: list[tuple[Any, Any, bool]] = [
    (1, 1, True),
    (1, 1.0, True),
    (0.1 + 0.2, 0.3, True),
    (0.31, 0.3, False),
    (True, 1, False),
    (0, False, False),
    (None, None, True),
    (None, 0, False),
    ("1", 1, False),
    ([1, [2]], [1, [2]], True),
    ([1], [1, 2], False),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ({"a": 1}, {"a": True}, False),
    ({"a": 1}, {"a": 1, "b": 2}, False),
    (10**400, 1.0, False),
    (float("nan"), float("nan"), False),
]


@pytest.mark.parametrize(("given", "wanted", "same"), ALIKE)
def test_values_are_compared_as_json(given: Any, wanted: Any, same: bool) -> None:
    assert alike(given, wanted) is same


def test_literals_are_json_or_python() -> None:
    assert literal('{"a": null}') == literal("{'a': None}") == {"a": None}
    assert literal("(1, 2)") == [1, 2]
    for text in ("f(1)", "__import__('os')", "{1, 2}", "b'x'", ""):
        with pytest.raises(ValueError):
            literal(text)


def test_exceptions_can_be_what_is_wanted(drill: Code) -> None:
    strict = msgspec.structs.replace(
        drill, tests=(CallTest("double('a')", raises="TypeError"), CallTest("double(1)", "2"))
    )
    assert grade(strict, "def double(x):\n    return x + 0 + x").outcome == "passed"
    failed = grade(strict, "def double(x):\n    return 2 * x").feedback[0]
    assert (failed.given, failed.wanted) == ('"aa"', "an exception: TypeError")


FAULTS = [
    ('equals = "4"', 'equals = "5"', "`answer` fails at `double(2)`: "),
    (
        "return x * x",
        "return x + x",
        "`wrong`: the one that begins 'def double(x): return x + x' passes; it is rig",
    ),
    ("def double(x): ...", "def double(x): return x + x", "`start` passes as it stands; leave something to do."),
    ("return 2 * x", "return 2 *", "`answer` fails at ``: Your code does not run: SyntaxError"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    toml = samples.CODE_TOML.replace(old, new)
    assert toml != samples.CODE_TOML
    report = check_keys([samples.write_skill(tmp_path, "area.one", drills=toml, lesson="")])
    assert any(problem.text.startswith(sentence) for problem in report.problems), report.problems
