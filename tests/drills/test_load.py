from pathlib import Path

import pytest

from backroad.drills.load import load_drills, read_drills, read_lesson
from backroad.drills.model import KINDS, FillIn, Predict
from backroad.kit.errors import Problem
from tests.drills import samples


def sentences(tmp_path: Path, toml: str) -> list[str]:
    folder = samples.write_skill(tmp_path, "area.one", drills=toml)
    file = str(folder / "drills.toml")
    found = [mistake.sentence for mistake in read_drills(folder).mistakes]
    assert all(sentence.startswith(file) for sentence in found)
    return [sentence.removeprefix(file) for sentence in found]


def test_every_kind_is_read(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", drills=samples.EVERY_TOML)
    drills = load_drills(folder)
    assert [drill.kind for drill in drills] == list(KINDS)
    assert [drill.id for drill in drills][:2] == ["area.one/moved", "area.one/safe"]
    fill_in, predict = drills[4:6]
    assert isinstance(fill_in, FillIn)
    assert isinstance(predict, Predict)
    assert fill_in.filled("2") == "print((2) * 4)"
    assert predict.output == "two|none\n2|NULL\n"


def test_lines_are_those_of_the_ids(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one")
    source = (folder / "drills.toml").read_text().splitlines()
    lines = read_drills(folder).lines
    assert len(lines) == 6
    assert all(source[line - 1] == f'id = "{name}"' for name, line in lines.items())


def test_no_files_are_no_drills_and_no_lesson(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one", drills="", lesson="")
    assert load_drills(folder) == ()
    assert read_lesson(folder) == ""


def test_strict_raises_the_first_mistake_and_hints_at_the_others(tmp_path: Path) -> None:
    toml = samples.ALL_TOML.replace("seconds = 40", "seconds = 4").replace('why = "Twice."\n', "")
    folder = samples.write_skill(tmp_path, "area.one", drills=toml)
    with pytest.raises(Problem) as caught:
        load_drills(folder)
    assert "drill `walk`: `seconds` is 4; write a whole number from 20 to 240." in caught.value.sentence
    assert "drill `double`: `why` is missing; write it." in caught.value.hint


def test_lenient_keeps_the_sound_drills(tmp_path: Path) -> None:
    toml = samples.ALL_TOML.replace("seconds = 40", "seconds = 4")
    folder = samples.write_skill(tmp_path, "area.one", drills=toml)
    loaded = read_drills(folder)
    assert [drill.name for drill in loaded.drills] == ["moved", "safe", "meanings", "double", "sum"]
    assert len(loaded.mistakes) == 1


S, M, R, P = samples.SINGLE_TOML, samples.MULTIPLE_TOML, samples.ORDER_TOML, samples.MATCH_TOML
F, T = samples.FILL_IN_TOML, samples.PREDICT_TOML
SQL, CODE, OPEN = samples.SQL_TOML, samples.CODE_TOML, samples.OPEN_TOML
MISTAKES = [
    (SQL, "seconds = 120", "seconds = 30", ": `seconds` is 30; write a whole number from 60 to 900."),
    (SQL, 'others = ["INSERT', 'other = ["INSERT', ": `other` is not a field of a sql drill; did you mean `others`?"),
    (SQL, "ordered = true", 'ordered = "yes"', ": `ordered` is neither `true` nor `false`; write one of them, without"),
    (
        SQL,
        "ordered = true",
        'plan = ["quick"]',
        ": `plan`: 'quick' is not understood; write `uses index NAME`, `uses cover",
    ),
    (CODE, 'language = "python"', 'language = "ruby"', ": `language` is `ruby`; use one of python, node."),
    (
        CODE,
        'equals = "4"',
        'equals = "f(4)"',
        ": `tests` number 1: `equals` is 'f(4)', which is no literal; write the value",
    ),
    (CODE, 'equals = "4"', 'equals = "4", raises = "X"', ": `tests` number 1: write either `equals` or `raises`."),
    (CODE, 'tests = [{call = "double(2)", equals = "4"}, ', "tests = [", ": `tests` has 1 entries; write 2 to 20."),
    (OPEN, '"pairs rows", ', "", ": `rubric` has 2 entries; write 3 to 6."),
    (
        OPEN,
        '"pairs rows"',
        '"of two tables"',
        ": `rubric`: 'of two tables' stands there twice; make each one different.",
    ),
    (OPEN, 'answer = "It', 'anser = "It', ": `anser` is not a field of an open drill; did you mean `answer`?"),
    (S, 'id = "moved"\n', "", ":2: drill `number 1`: `id` is missing; write it."),
    (S, '"moved"', '"Moved_on"', ":4: drill `Moved_on`: `id` must be lower-case words joined by hyphens; rename it."),
    (
        S,
        '"single"',
        '"singel"',
        ":4: drill `moved`: `singel` is not a kind; use one of single, multiple, order, match, ",
    ),
    (S, 'kind = "single"\n', "", ":3: drill `moved`: `kind` is missing; write it."),
    (S, "seconds = 30", "seconds = true", ": `seconds` is True; write a whole number from 20 to 240."),
    (S, "seconds = 30\n", "", ": `seconds` is missing; write a whole number from 20 to 240."),
    (S, "seconds = 30", "seconds = 30\nanswer = 1", ": `answer` is not a field of a single drill; delete it."),
    (S, "seconds = 30", "seconds = 30\nwhyy = 1", ": `whyy` is not a field of a single drill; did you mean `why`?"),
    (S, "prompt = ", "prompt = 7 # ", ": `prompt` is not text; put it in quotes."),
    (S, '"Which status says that a page moved for good?"', '" "', ": `prompt` is empty; write it."),
    (S, ", right = true", "", ": 0 choices have `right = true`; a single drill has exactly one."),
    (S, '."}', '.", right = true}', ": 3 choices have `right = true`; a single drill has exactly one."),
    (
        S,
        "right = true",
        'right = "yes"',
        ": `choices` number 1: `right` is neither `true` nor `false`; write one of them",
    ),
    (S, ', why = "That move is temporary."', "", ": `choices` number 2: `why` is missing; write it."),
    (S, 'why = "That move', 'wy = "That move', ": `choices` number 2: `wy` is not a field of a choice; did you mean"),
    (S, "`302`, a redirect", "`301`", ": `choices`: '`301`' stands there twice; make each one different."),
    (S, '\n  {text = "`302`', "\n#", ": `choices` has 2 entries; write 3 to 5."),
    (S, "choices", "choice", ": `choices` is missing; write `[[drill.choices]]` above each choice."),
    (M, "right = true", "", ": 0 of 3 choices have `right = true`; a multiple drill needs a right and a wrong one."),
    (M, 'text = "PUT"', 'text = "PUT"\nright = true', ": 3 of 3 choices have `right = true`; a multiple drill needs"),
    (R, '"root", ', "", ": `items` has 2 entries; write 3 to 6."),
    (R, '"root"', '"com"', ": `items`: 'com' stands there twice; make each one different."),
    (R, '"root"', "1", ': `items` is not a list of texts; write `items = ["...", "..."]`.'),
    (R, 'why = "From the root down."', "", ": `why` is missing; write it."),
    (
        P,
        '["409", "conflict"]',
        '["409"]',
        ': `pairs` is not a list of pairs; write `pairs = [["left", "right"], ...]`.',
    ),
    (P, ', ["409", "conflict"]', "", ": `pairs` has 2 entries; write 3 to 6."),
    (P, '"conflict"', '"not changed"', ": `pairs (right) and extra`: 'not changed' stands there twice; make each one"),
    (P, '"not found"', '"not changed"', ": `pairs (right) and extra`: 'not changed' stands there twice; make each one"),
    (P, '"409"', '"304"', ": `pairs (left)`: '304' stands there twice; make each one different."),
    (F, 'answers = ["2", "1 + 1"]', "answers = []", ": `answers` has 0 entries; write 1 to 20."),
    (F, "wrong = ", "wrongs = ", ': `wrong` is missing; write `wrong = [{answer = "...", why = "..."}]`.'),
    (F, '"3"', '" 1 + 1 "', ": `wrong`: '1 + 1' is also an accepted answer; take it out of one of the two."),
    (F, "____", "2", ": `program` holds 0 blanks; write `____` exactly once."),
    (F, "____", "____ + ____", ": `program` holds 2 blanks; write `____` exactly once."),
    (F, 'output = "8"', "", ": `output` is missing; write it."),
    (F, 'language = "python"', 'language = "perl"', ": `language` is `perl`; use one of python, sql, sh, node."),
    (T, 'language = "sql"\n', "", ": `language` is missing; write it."),
    (T, "\ntwo|none\n2|NULL\n", "", ": `output` is empty; write it."),
    (
        T,
        '"2|"',
        '"two|none\\n2|NULL  \\n"',
        ": `wrong`: 'two|none\\n2|NULL' is also an accepted answer; take it out of",
    ),
    (
        T,
        "wrong = [{",
        "wrong = [7, {",
        ': `wrong` is not a list of tables; write `wrong = [{answer = "...", why = "..."}]`.',
    ),
]


@pytest.mark.parametrize(("toml", "old", "new", "sentence"), MISTAKES)
def test_each_mistake_has_its_sentence(tmp_path: Path, toml: str, old: str, new: str, sentence: str) -> None:
    assert old in toml
    found = sentences(tmp_path, toml.replace(old, new))
    assert any(sentence in one for one in found), found


def test_a_fill_in_without_a_program_has_its_blank_in_the_prompt(tmp_path: Path) -> None:
    toml = "\n".join(F.splitlines()[:-3])
    assert sentences(tmp_path, toml) == [":3: drill `double`: `prompt` holds 0 blanks; write `____` exactly once."]
    (tmp_path / "other").mkdir()
    assert sentences(tmp_path / "other", toml.replace("the blank", "____")) == []


def test_an_id_stands_once_in_a_file(tmp_path: Path) -> None:
    assert sentences(tmp_path, S + S) == [":15: drill `moved`: another drill has this `id` (line 4); choose a new one."]


def test_what_is_not_toml_or_no_drill_is_said_with_its_line(tmp_path: Path) -> None:
    assert ":3: this is not TOML:" in sentences(tmp_path, "\n[[drill]]\nid = oops\n")[0]
    assert sentences(tmp_path / "b", "[drill]\nid = 1\n") == [
        ": `drill` is not a list; write `[[drill]]` above each drill."
    ]
    assert sentences(tmp_path / "c", S.replace("[[drill]]", "[[dril]]")) == [
        ": `dril` does not belong here; the file holds `[[drill]]` tables only."
    ]


def test_a_file_that_is_not_utf8_is_a_mistake(tmp_path: Path) -> None:
    folder = samples.write_skill(tmp_path, "area.one")
    (folder / "drills.toml").write_bytes(b'title = "\xff"')
    assert "byte 9 is not UTF-8; save the file as UTF-8." in read_drills(folder).mistakes[0].sentence
