from pathlib import Path

import pytest

from backroad.verifier import VerifierError, load_check, load_lab
from backroad.verifier.check_file import read_docstring
from tests.verifier.labs import write_check, write_lab

TOYLAB = Path(__file__).parent / "toylab"
GET = 'await bench.client().get("/")'


def test_a_lab_is_read_whole():
    lab = load_lab(TOYLAB)
    assert (lab.slug, lab.title, lab.level, lab.minutes) == ("toylab", "Toy things", "beginner", 5)
    assert [(stage.number, stage.title, stage.minutes) for stage in lab.stages] == [
        (1, "It answers", 1),
        (2, "It holds", 4),
    ]
    check = lab.checks()[3]
    assert (check.id, check.proves, check.stage) == ("toylab.survives_a_kill", ("ops.durability",), 2)
    assert (check.check.control, check.check.seconds, check.check.needs) == (True, 10, ("toylab.creates_a_thing",))
    assert check.check.claim == "A thing that was answered with 201 is still there after kill -9."
    assert check.check.fix == "write to DATA_DIR before answering."
    assert [flaw.name for flaw in lab.flaws()] == ["forgets", "no_lock", "wrong_status"]
    assert lab.make_driver is not None


def error(folder: Path) -> str:
    with pytest.raises(VerifierError) as failed:
        load_lab(folder)
    return str(failed.value).replace(str(folder.resolve()), "<lab>")


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            'title = "Mini"',
            'titel = "Mini"',
            "<lab>/lab.toml: title is missing. There is a key titel; did you mean title?",
        ),
        ('slug = "mini"', 'slug = "mini"\nlevl = "x"', "<lab>/lab.toml: levl is not a known key. Did you mean level?"),
        ('title = "Stage 1"', "", "<lab>/lab.toml: stage 1: title is missing."),
        (
            '"mini.one"',
            '"mini.none"',
            '<lab>/lab.toml: stage 1: checks."mini.none" names a check that does not exist: <lab>/',
        ),
        ('"mini.one"', '"../x.one"', '<lab>/lab.toml: stage 1: checks."../x.one" names a check that does not exist'),
        (
            '["skill.one"]',
            '"skill.one"',
            "<lab>/lab.toml: stage 1: checks.mini.one must be a list of texts, not a text.",
        ),
        ("start =", "strat =", "<lab>/lab.toml: reference.start is missing. There is a key strat; did you mean start?"),
        ("[[stage]]\n", "[[stages]]\n[stage]\n", "<lab>/lab.toml: stage must be one or more [[stage]], not a table."),
    ],
)
def test_mistakes_name_path_and_key(tmp_path, old, new, sentence):
    file = write_lab(tmp_path, {"one": GET}) / "lab.toml"
    file.write_text(file.read_text().replace(old, new, 1))
    assert error(tmp_path).startswith(sentence)


def test_order_of_needs(tmp_path):
    write_lab(tmp_path, {"one": (GET, 'needs=("mini.two",)'), "two": GET})
    assert error(tmp_path) == '<lab>/lab.toml: "mini.one" needs "mini.two", which comes later.'
    write_lab(tmp_path, {"one": (GET, 'needs=("mini.ghost",)')})
    assert error(tmp_path) == '<lab>/checks/one.py: needs "mini.ghost", which is not in <lab>/lab.toml.'


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "a check file needs `async def run(bench)` decorated with @check()."),
        ("async def run(bench): pass", "a check file needs `async def run(bench)` decorated with @check()."),
        (
            "import nothing_of_this_name",
            "cannot be imported: ModuleNotFoundError: No module named 'nothing_of_this_name'.",
        ),
        ("def run(", "cannot be imported: SyntaxError: '(' was never closed (one.py, line 1)."),
    ],
)
def test_check_files_with_mistakes(tmp_path, text, sentence):
    write_lab(tmp_path, {"one": GET})
    (tmp_path / "checks" / "one.py").write_text(text)
    assert error(tmp_path) == f"<lab>/checks/one.py: {sentence}"


@pytest.mark.parametrize(
    ("docstring", "missing"),
    [
        (None, "has no claim as its first paragraph"),
        ("Fix: it.", "has no claim as its first paragraph"),
        ("A claim.\n\nWhy.", "has no paragraph that starts with 'Fix:'"),
        ("A claim.\n\nFix: it.", "does not say why it matters, between claim and 'Fix:'"),
    ],
)
def test_docstrings_with_gaps(docstring, missing):
    with pytest.raises(VerifierError) as failed:
        read_docstring(Path("one.py"), docstring)
    assert str(failed.value) == f"one.py: the docstring of run {missing}."


def test_docstrings_keep_their_paragraphs():
    text = "A claim\n    over two lines.\n\n    Why one.\n\n    Why two.\n\n    Fix: this.\n\n    And that."
    assert read_docstring(Path("x"), text) == ("A claim over two lines.", "Why one.\n\nWhy two.", "this.\n\nAnd that.")


def test_two_checks_of_one_name_do_not_meet(tmp_path):
    for folder in ("a", "b"):
        write_check(tmp_path / folder, "same", f"return {folder!r}")
    one, two = (load_check("x.same", tmp_path / folder / "checks" / "same.py") for folder in ("a", "b"))
    assert one.run.__module__ != two.run.__module__


def test_a_driver_without_its_class(tmp_path):
    write_lab(tmp_path, {"one": GET})
    (tmp_path / "driver.py").write_text("Driver = 1")
    assert error(tmp_path) == "<lab>/driver.py: a driver file needs a class Driver that takes the bench."
