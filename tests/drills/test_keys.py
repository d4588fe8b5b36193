from pathlib import Path

import pytest

from backroad.drills import keys
from backroad.drills.keys import check_keys
from tests.drills import samples


def problems(tmp_path: Path, toml: str, lesson: str = "") -> list[str]:
    folder = samples.write_skill(tmp_path, "area.one", drills=toml, lesson=lesson)
    return [f"{problem.drill}: {problem.text}" for problem in check_keys([folder]).problems]


def test_sound_keys_and_examples_are_counted(tmp_path: Path) -> None:
    report = check_keys([samples.write_skill(tmp_path, "area.one")])
    assert report.problems == ()
    assert report.left_out == ()
    assert (report.executable, report.executed, report.distractors_refuted) == (2, 2, 2)
    assert (report.examples, report.examples_run) == (1, 1)


PREDICT, FILL_IN = samples.PREDICT_TOML, samples.FILL_IN_TOML
FAULTS = [
    (
        PREDICT.replace("2|NULL", "3|NULL"),
        "sum: `output` is wrong: line 2 says '3|NULL', the program prints '2|NULL'.",
    ),
    (PREDICT.replace("\n2|NULL\n", "\n"), "sum: `output` is wrong: it has 1 line, the program prints 2."),
    (
        PREDICT.replace("2|NULL", "3|NULL").replace('"2|"', '"two|none\\n2|NULL"'),
        "sum: `wrong`: 'two|none\\n2|NULL' is what the program prints; take it out.",
    ),
    (
        PREDICT.replace("SELECT 1 + 1", "SELECT absent"),
        "sum: `program` does not run: it ended with exit code 1 (Error: no such column: absent).",
    ),
    (
        FILL_IN.replace('"1 + 1"', '"1 + 2"'),
        "double: with the answer '1 + 2' `program` does not print `output`: line 1 says '8', the program prints '12'.",
    ),
    (
        FILL_IN.replace('"1 + 1"', '"1 +"'),
        "double: with the answer '1 +' `program` does not print `output`: it ended with exit code 1 (SyntaxError: ",
    ),
    (
        FILL_IN.replace('"3"', '"3 - 1"'),
        "double: `wrong`: '3 - 1' prints `output` too; it is right, or the program does not tell.",
    ),
]


@pytest.mark.parametrize(("toml", "sentence"), FAULTS)
def test_each_false_key_is_found(tmp_path: Path, toml: str, sentence: str) -> None:
    assert any(found.startswith(sentence) for found in problems(tmp_path, toml)), problems(tmp_path / "x", toml)


def test_a_wrong_answer_that_breaks_the_program_is_refuted(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", drills=FILL_IN.replace('"3"', '"2 +"'), lesson="")
    report = check_keys([folder])
    assert (report.problems, report.distractors_refuted) == ((), 1)


def test_a_false_example_is_found_with_its_line(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", lesson=samples.LESSON.replace("print(1)", "print(2)"))
    (problem,) = check_keys([folder]).problems
    assert problem.text == "the `output` below the example is wrong: line 1 says '1', the program prints '2'."
    assert (folder / "lesson.md").read_text().splitlines()[problem.line - 1] == "```python run"


def test_an_example_that_fails_is_found(tmp_path: Path) -> None:
    lesson = samples.LESSON.replace("print(1)", "print(1); 1 / 0")
    assert problems(tmp_path, "", lesson) == [
        ": the example does not run: it ended with exit code 1 (ZeroDivisionError: division by zero)."
    ]


def test_what_cannot_be_run_here_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    toml = FILL_IN.replace('"python"', '"sh"') + PREDICT.replace('"sql"', '"node"')
    lesson = samples.LESSON.replace("python run", "sh run")
    folder = samples.write_skill(tmp_path, "area.one", drills=toml, lesson=lesson)
    report = check_keys([folder])
    assert (report.executable, report.executed, report.examples, report.examples_run) == (2, 0, 1, 0)
    assert report.problems == ()
    assert [sentence.rpartition("/")[2].partition(":")[2] for sentence in report.left_out] == [
        "7: the example was not run, because `bash` is not installed.",
        "3: drill `double` was not run, because `bash` is not installed.",
        "15: drill `sum` was not run, because `node` is not installed.",
    ]


def test_a_program_runs_once_in_a_process(tmp_path: Path) -> None:
    before = len(keys._ran)
    toml = PREDICT.replace("1 + 1", "1 + 1 + 0 * 7")
    for name in ("one", "two"):
        check_keys([samples.write_skill(tmp_path, f"area.{name}", drills=toml, lesson="")])
    assert len(keys._ran) == before + 1
