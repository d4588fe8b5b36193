from pathlib import Path

import pytest

from backroad.drills.lint import check_content, skill_folders
from tests.drills import samples
from tests.drills.samples import ALL_TOML, LESSON


def problems(skills: Path, *, drills: str = ALL_TOML, lesson: str = LESSON) -> list[str]:
    """Sentences about one skill beside `area.two`, without their file names."""
    folder = samples.write_skill(skills, "area.one", drills=drills, lesson=lesson)
    samples.write_skill(skills, "area.two", drills="", lesson="")
    found = check_content([folder], execute=False).problems
    return [problem.sentence.removeprefix(f"{folder}/") for problem in found]


def test_sound_content_is_counted(tmp_path: Path) -> None:
    samples.write_skill(tmp_path, "area.one")
    samples.write_skill(tmp_path, "area.two", drills="", lesson="")
    report = check_content(skill_folders(tmp_path), execute=True)
    assert report.problems == ()
    assert (report.lessons, report.drills) == (1, 6)
    assert report.by_kind == {"single": 1, "multiple": 1, "order": 1, "match": 1, "fill-in": 1, "predict": 1}
    assert (report.keys_executable, report.keys_executed, report.distractors_refuted) == (2, 2, 2)
    assert (report.examples, report.examples_run, report.left_out) == (1, 1, ())


def test_without_execution_nothing_is_run(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", lesson=LESSON.replace("print(1)", "print(2)"))
    report = check_content([folder], execute=False, skills=["area.two"])
    assert (report.problems, report.keys_executable, report.examples) == ((), 0, 0)
    assert len(check_content([folder], execute=True, skills=["area.two"]).problems) == 1


SIXTY = "A sentence of five words. " * 60
LESSONS = [
    (
        "It matters.",
        "So it is, and " * 12 + "on.",
        "lesson.md:1: a sentence has 49 words ('So it is, and So it is, and So it is, an' …); split it, 45 are",
    ),
    (
        "It matters.",
        "RFC 9112 says it.",
        "lesson.md: RFC 9112 is named and not linked; add it to the lesson's `## Sources`.",
    ),
    ("A sentence of", "", "lesson.md: the lesson has 22 words outside code; write 300 to 900."),
    (
        "A sentence of",
        "A sentence of five words. " * 2,
        "lesson.md: the lesson has 1022 words outside code; write 300 to 900.",
    ),
    ("## One", "# One", "lesson.md:3: `# One` is a level-1 heading; the page shows the title, so start at `##`."),
    ("A skill is a small thing. It matters.", "", "lesson.md:1: the lesson starts with a heading; start with two or"),
    ("## Where this bites", "## How it bites", "lesson.md: the last two sections are not `## Where this bites in pr"),
    ("## Sources", "## More\n\n## Sources", "lesson.md: the last two sections are not `## Where this bites in pr"),
    (
        "[RFC 9110](https://www.rfc-editor.org/rfc/rfc9110)",
        "RFC",
        "lesson.md:18: `## Sources` links nothing; give each",
    ),
    ("```python run", "```python", "lesson.md: the lesson has no runnable example; add a fence such as `python run`,"),
    ("```python run", "```python", "lesson.md:10: the `output` fence does not follow a runnable example; add `run`"),
    ("```output", "Text.\n\n```output", "lesson.md:7: the runnable example is not followed at once by an `output` fen"),
    ("```output", "```text", "lesson.md:7: the runnable example is not followed at once by an `output` fence; add"),
    (
        "python run",
        "perl run",
        "lesson.md:7: `perl run` cannot be run; use one of python, sql, sh, node, or drop `run`.",
    ),
    ("section 1\n", "section 1\n\n```text\nopen\n", "lesson.md:22: the code fence is never closed; add the closing fe"),
    ("skill:area.two", "skill:area.three", "lesson.md:16: `skill:area.three` names no skill; correct the id."),
    ("skill:area.two", "#three", "lesson.md:16: `#three` names no heading of this text; correct it."),
    ("skill:area.two", "other.md", "lesson.md:16: `other.md` is not a complete https address; correct it, or write it"),
    ("https://www.rfc", "http://www.rfc", "lesson.md:20: `http://www.rfc-editor.org/rfc/rfc9110` is not a complete"),
    ("www.rfc-editor.org", "www..org", "lesson.md:20: `https://www..org/rfc/rfc9110` is not a complete https addre"),
    ("www.rfc-editor.org", "www.org:99999", "lesson.md:20: `https://www.org:99999/rfc/rfc9110` is not a complete"),
]


@pytest.mark.parametrize(("old", "new", "sentence"), LESSONS)
def test_each_rule_for_lessons_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    changed = LESSON.replace(SIXTY, new * 100) if SIXTY.startswith(old) else LESSON.replace(old, new)
    assert changed != LESSON
    found = problems(tmp_path, lesson=changed)
    assert any(one.startswith(sentence) for one in found), found


def test_links_to_headings_and_bare_addresses_are_sound(tmp_path: Path) -> None:
    text = LESSON.replace("skill:area.two", "#where-this-bites-in-production").replace(
        "section 1", "https://sqlite.org/x"
    )
    assert problems(tmp_path, lesson=text) == []


DRILLS = [
    ("moved for good?", "moved? See [x](skill:no.where).", "drill `moved`: `skill:no.where` names no skill; correct"),
    ('why = "Twice."', 'why = "[x](http://e.org)"', "drill `double`: `http://e.org` is not a complete https address"),
    ('"`304`, not modified"', '"All of the above"', "drill `moved`: a choice says 'All of the above', but choices are"),
    ('"`304`, not modified"', '"None of these answers"', "drill `moved`: a choice says 'None of these answers', but"),
    ('"Match."', '"Match.\\n\\n```\\nopen"', "drill `meanings`: a code fence is never closed; add the closing fence."),
    (
        '"Match."',
        '"Which METHODS  are safe?"',
        "drill `meanings`: `area.one/safe` asks nearly the same; change one",
    ),
    ("seconds = 30", "seconds = 3", "drill `moved`: `seconds` is 3; write a whole number from 20 to 240."),
]


@pytest.mark.parametrize(("old", "new", "sentence"), DRILLS)
def test_each_rule_for_drills_has_its_sentence(tmp_path: Path, old: str, new: str, sentence: str) -> None:
    assert old in ALL_TOML
    found = problems(tmp_path, drills=ALL_TOML.replace(old, new))
    assert any(sentence in one for one in found), found


def test_a_skill_has_enough_drills_of_enough_kinds(tmp_path: Path) -> None:
    assert problems(tmp_path, drills=samples.SINGLE_TOML + samples.MATCH_TOML) == [
        "drills.toml: the skill has 2 sound drills; write at least 6.",
        "drills.toml: 0 of the drills are graded by execution; write at least 2.",
        "drills.toml: the drills are of 2 kinds; use at least 3.",
    ]


def test_drills_belong_to_a_lesson_and_a_lesson_has_drills(tmp_path: Path) -> None:
    assert problems(tmp_path / "a", lesson="") == ["drills.toml: there are drills but no lesson.md; write the lesson."]
    assert "drills.toml: the skill has 0 sound drills; write at least 6." in problems(tmp_path / "b", drills="")


def test_the_right_choice_is_not_the_longest_by_habit(tmp_path: Path) -> None:
    telling = samples.SINGLE_TOML.replace("`301`", "`301`, which says that it moved for good")
    fair = samples.SINGLE_TOML

    def named(toml: str, name: str) -> str:
        return toml.replace('"moved"', f'"{name}"').replace("Which status", f"Say, {name}: which status")

    rest = samples.MULTIPLE_TOML + samples.ORDER_TOML + samples.MATCH_TOML
    three = "".join(named(telling, name) for name in "abc")
    said = (
        "drills.toml: the right choice is the longest in 3 of 3 single drills; "
        "shorten some of the right ones or lengthen wrong ones."
    )
    assert said in problems(tmp_path / "a", drills=three + rest)
    assert "longest" not in " ".join(problems(tmp_path / "b", drills=three + named(fair, "d") + rest))


def test_the_same_question_is_asked_once_in_the_curriculum(tmp_path: Path) -> None:
    one = samples.write_skill(tmp_path, "area.one")
    two = samples.write_skill(tmp_path, "area.two")
    found = [problem.text for problem in check_content([one, two], execute=False).problems]
    assert len(found) == 6
    assert found[0] == "`area.one/moved` asks nearly the same; change one of the two, or delete it."


def test_the_same_question_in_other_words_is_noticed(tmp_path: Path) -> None:
    asked = "A client sends the same POST twice because the first answer was lost on the way; what does the server do"
    other = asked.replace("twice", "again")
    first = samples.SINGLE_TOML.replace('"moved"', '"one"').replace("Which status", f"{asked}? Which status")
    second = samples.SINGLE_TOML.replace("Which status", f"{other}? Which status")
    found = problems(tmp_path, drills=first + second)
    assert [one for one in found if "drill `moved`: `area.one/one` asks nearly the same" in one]


def test_the_same_question_may_be_asked_of_other_programs(tmp_path: Path) -> None:
    other = samples.PREDICT_TOML.replace('"sum"', '"sum-again"').replace("1 + 1", "2")
    assert problems(tmp_path, drills=ALL_TOML + other) == []
