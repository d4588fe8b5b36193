"""Drills as questions: the whole curriculum read back from both formats, and hostile text that stays text."""

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from pathlib import Path

import msgspec
import pytest

from backroad.curriculum import Curriculum, load
from backroad.drills.kinds import WRITTEN
from backroad.drills.kinds.open import Open
from backroad.drills.library import DrillLibrary
from backroad.drills.load import load_drills
from backroad.drills.model import Choice, Drill, FillIn, Match, Multiple, Order, Predict, Single, Wrong, fold_output
from backroad.exchange.gift import write_gift
from backroad.exchange.moodle_xml import write_moodle
from backroad.exchange.portable_html import words
from backroad.exchange.quiz import Group, Quiz, question_of, quiz_of, selected
from backroad.kit.errors import Problem
from backroad.kit.paths import content_dir
from tests.drills import samples
from tests.exchange.gift_reader import GRADES, Item, read_gift
from tests.serving import backroad, serving

pytestmark = pytest.mark.slow  # reads the whole curriculum
Element = ElementTree.Element


@pytest.fixture(scope="module")
def curriculum() -> Curriculum:
    return load(content_dir())


@pytest.fixture(scope="module")
def library(curriculum: Curriculum) -> DrillLibrary:
    return DrillLibrary([curriculum.folder(skill) for skill in curriculum.skills if curriculum.has_drills(skill)])


@pytest.fixture(scope="module")
def everything(curriculum: Curriculum, library: DrillLibrary) -> Quiz:
    return quiz_of(curriculum, library, selected(curriculum))


@pytest.fixture(scope="module")
def gift(everything: Quiz) -> dict[str, Item]:
    items = read_gift("".join(write_gift(everything)))
    assert len({item.id for item in items}) == len(items)
    return {item.id: item for item in items}


@pytest.fixture(scope="module")
def moodle(everything: Quiz) -> dict[str, Element]:
    return questions("".join(write_moodle(everything)))


def questions(document: str) -> dict[str, Element]:
    root = ElementTree.fromstring(document.encode())
    assert root.tag == "quiz"
    found = [each for each in root.findall("question") if each.get("type") != "category"]
    assert len({text(each, "idnumber") for each in found}) == len(found)
    return {text(each, "idnumber"): each for each in found}


def text(element: Element, path: str) -> str:
    found = element.findall(path)
    assert len(found) == 1, f"{path}: {len(found)} of them"
    return found[0].text or ""


def answers(question: Element) -> list[tuple[str, str, str]]:
    """(text, fraction, feedback)."""
    return [
        (text(each, "text"), each.get("fraction", ""), text(each, "feedback/text"))
        for each in question.findall("answer")
    ]


def seen(markup: str) -> str:
    """What stands on the screen."""
    return html.unescape(re.sub(r"<[^>]*>", "", markup)).strip()


def test_every_drill_is_a_question_or_is_counted(
    everything: Quiz, library: DrillLibrary, gift: dict[str, Item], moodle: dict[str, Element]
) -> None:
    left = Counter(drill.kind for drill in library.by_id.values() if drill.id not in gift)
    assert gift.keys() == moodle.keys()
    assert everything.questions == len(gift) > 1000
    assert left == everything.left_out
    assert left.keys() == WRITTEN.keys() - {"open"}


def test_gift_holds_what_the_drill_holds(gift: dict[str, Item], library: DrillLibrary, curriculum: Curriculum) -> None:
    for name, item in gift.items():
        drill = library.by_id[name]
        assert (item.name, item.tag) == (name, drill.skill)
        skill = curriculum.skill(drill.skill)
        parts = re.split(r"(?<!/)/(?!/)", item.category)
        assert parts[:3] == ["$course$", "top", "Backroad"]
        titles = [part.replace("//", "/") for part in parts[3:]]
        assert titles == [curriculum.areas[skill.area].title, skill.title]
        _same_in_gift(drill, item)
        assert bool(item.feedback) == bool(drill.why)


def _same_in_gift(drill: Drill, item: Item) -> None:
    right = {each.text for each in item.answers if each.weight > 0}
    match drill:
        case Single() | Multiple():
            assert item.kind == drill.kind
            told = {seen(each.text): (each.weight > 0, bool(each.feedback)) for each in item.answers}
            assert told == {seen(_shown(each.text)): (each.right, True) for each in drill.choices}
            if item.kind == "multiple":
                assert sum(each.weight for each in item.answers if each.weight > 0) == pytest.approx(100, abs=1e-3)
                assert sum(each.weight for each in item.answers) == pytest.approx(0, abs=1e-3)
        case Match():
            assert item.kind == "match"
            pairs = [(left, html.unescape(words(right_))) for left, right_ in drill.pairs]
            assert [(seen(each.text), seen(each.right)) for each in item.answers if each.text] == [
                (seen(_shown(left)), right_) for left, right_ in pairs
            ]
            assert sum(not each.text for each in item.answers) == len(drill.extra)
        case Order():
            assert [seen(each.text) for each in item.answers] == [f"{n}." for n in range(1, len(drill.items) + 1)]
            assert [each.right for each in item.answers] == [words(each) for each in drill.items]
        case FillIn():
            if item.kind == "typed":
                assert {each.replace("\\*", "*") for each in right} == {each.strip() for each in drill.answers}
            else:
                assert [seen(each) for each in right] == [drill.answers[0].strip()]
            assert len([each for each in item.answers if each.feedback]) == len(drill.wrong)
        case Predict():
            printed = fold_output(drill.output)
            assert [seen(each).replace("\\*", "*") for each in right if item.kind != "typed"] in ([], [printed.strip()])
            if item.kind == "typed":
                assert {each.replace("\\*", "*") for each in right} == {printed.strip()}
        case Open():
            assert item.kind == "essay"
        case _:
            raise AssertionError(drill.kind)


def _shown(markdown: str) -> str:
    from backroad.kit.markdown import render_inline

    return render_inline(markdown)


TYPES = {"single": "multichoice", "multiple": "multichoice", "order": "ordering", "match": "matching", "open": "essay"}
COMMON = ["name", "questiontext", "generalfeedback", "defaultgrade", "penalty", "hidden", "idnumber"]
COMBINED = ["correctfeedback", "partiallycorrectfeedback", "incorrectfeedback"]
ELEMENTS = {
    "multichoice": ["single", "shuffleanswers", "answernumbering", "showstandardinstruction", *COMBINED, "answer"],
    "shortanswer": ["usecase", "answer"],
    "matching": ["shuffleanswers", *COMBINED, "subquestion"],
    "ordering": ["layouttype", "selecttype", "selectcount", "gradingtype", "showgrading", "numberingstyle", *COMBINED,
                 "answer"],
    "essay": ["responseformat", "responserequired", "responsefieldlines", "attachments", "attachmentsrequired",
              "graderinfo", "responsetemplate"],
}  # fmt: skip
"""What Moodle's importer reads of each type."""


def test_moodle_has_the_elements_that_it_reads(moodle: dict[str, Element], library: DrillLibrary) -> None:
    for name, question in moodle.items():
        drill, kind = library.by_id[name], question.get("type", "")
        assert kind == TYPES.get(drill.kind, kind)
        elements = list(dict.fromkeys(child.tag for child in question))
        assert elements == [*COMMON, *ELEMENTS[kind], "tags"]
        assert text(question, "tags/tag/text") == drill.skill
        assert text(question, "name/text") == name
        assert len(name) <= 100, "Moodle's column for id numbers is that wide"
        assert question.find("questiontext").get("format") == "html"  # type: ignore[union-attr]
        for answer in question.findall("answer"):
            share = float(answer.get("fraction", ""))
            assert kind == "ordering" or any(abs(abs(share) - grade) / 100 < 0.00001 for grade in GRADES)


def test_moodle_holds_what_the_drill_holds(moodle: dict[str, Element], library: DrillLibrary) -> None:
    for name, question in moodle.items():
        drill = library.by_id[name]
        match drill:
            case Single() | Multiple():
                told = {seen(given): (float(share) > 0, bool(why)) for given, share, why in answers(question)}
                assert told == {seen(_shown(each.text)): (each.right, True) for each in drill.choices}
                assert text(question, "single") == str(drill.kind == "single").lower()
            case Match():
                pairs = [(text(each, "text"), text(each, "answer/text")) for each in question.findall("subquestion")]
                assert [html.unescape(right) for _, right in pairs] == [
                    html.unescape(words(each)) for each in (*(right for _, right in drill.pairs), *drill.extra)
                ]
                assert sum(not left for left, _ in pairs) == len(drill.extra)
            case Order():
                items = [(text(each, "text"), each.get("fraction")) for each in question.findall("answer")]
                assert [seen(each) for each, _ in items] == [seen(_shown(each)) for each in drill.items]
                assert [place for _, place in items] == [f"{n}.0000000" for n in range(1, len(items) + 1)]
            case Open():
                assert all(seen(_shown(point)) in seen(text(question, "graderinfo/text")) for point in drill.rubric)
            case FillIn():
                right = {given.replace("\\*", "*") for given, share, _ in answers(question) if share == "100"}
                assert right == {each.strip() for each in drill.answers}
                assert text(question, "usecase") == "0"
            case Predict() if question.get("type") == "shortanswer":
                right = {given.replace("\\*", "*") for given, share, _ in answers(question) if share == "100"}
                assert (right, text(question, "usecase")) == ({fold_output(drill.output).strip()}, "1")
            case _:
                assert isinstance(drill, Predict)
                assert "\n" in fold_output(drill.output)
                assert [seen(given) for given, share, _ in answers(question) if share == "100"] == [
                    fold_output(drill.output).strip()
                ]


BAD = '~=#{}: \\n \\ ]]> <script>x()</script> &lt; & "q" -> %50% //c ::n:: $CATEGORY: x [html] ****'
PLAIN = {"~a", "=a", "{x}", "#1", "a:b", "\\n", "*", "a\\*b", "%50%x", "a->b", "[html]x", "T", "TRUE", "0", "a\\\\b"}


def hostile() -> Quiz:
    drills: list[Drill] = [
        msgspec.structs.replace(
            samples.SINGLE,
            prompt=f"{BAD}\n\n```\n// not a comment\n\n\n}}\n$CATEGORY: y\n```\n",
            why=BAD,
            choices=(Choice(BAD, BAD, right=True), Choice("%41%", "w"), Choice("b", "]]>")),
        ),
        msgspec.structs.replace(samples.MATCH, pairs=((BAD, BAD), ("b -> c", "d -> e"), ("f", "List<T> & co"))),
        msgspec.structs.replace(samples.ORDER, items=(BAD, "b", "c")),
    ]
    for number, answer in enumerate(sorted(PLAIN)):
        wrong = (Wrong(f"{answer}!", BAD),)
        drills.append(msgspec.structs.replace(samples.FILL_IN, name=f"f{number}", answers=(answer,), wrong=wrong))
        drills.append(
            msgspec.structs.replace(
                samples.PREDICT, name=f"p{number}", output=answer, wrong=(Wrong(answer + "?", "w"),)
            )
        )
    escape = msgspec.structs.replace(samples.PREDICT, name="esc", output="\x1b[31mred\x00", wrong=(Wrong("red", "w"),))
    case = msgspec.structs.replace(samples.PREDICT, name="case", output="True", wrong=(Wrong("true", "w"),))
    made = [question for question in map(question_of, (*drills, escape, case)) if question]
    return Quiz((Group("a.b", "A/B \\ C: {x}", "T\nitle = ~", tuple(made)),), {})


def test_hostile_text_stays_text_in_gift() -> None:
    found = {item.id.rpartition("/")[2]: item for item in read_gift("".join(write_gift(hostile())))}
    single = found["moved"]
    assert seen(single.text).startswith(BAD.replace("&lt;", "<")[:20])
    assert "<script" not in single.text
    assert "// not a comment\n\n\n}\n$CATEGORY: y" in single.text
    assert [(answer.weight, bool(answer.feedback)) for answer in single.answers] == [(100, True), (0, True), (0, True)]
    assert single.answers[1].text == "<p>%41%</p>"
    assert single.category == "$course$/top/Backroad/A//B \\ C: {x}/T itle = ~"
    assert seen(found["meanings"].answers[1].text) == "b -> c"
    assert found["meanings"].answers[1].right == "d -&gt; e"
    assert found["meanings"].answers[2].right == "List&lt;T&gt; &amp; co"
    for number, answer in enumerate(sorted(PLAIN)):
        for name in (f"f{number}", f"p{number}"):
            item = found[name]
            right = next(each.text for each in item.answers if each.weight == 100)
            if item.kind == "typed":
                assert right == answer.replace("*", "\\*")
                assert answer not in ("%50%x", "a->b", "[html]x")
            else:
                assert seen(right) == answer
    assert found["case"].kind == "single", "GIFT asks without attention to case"
    assert found["esc"].kind == "single"


def test_hostile_text_stays_text_in_moodle_xml() -> None:
    found = {name.rpartition("/")[2]: item for name, item in questions("".join(write_moodle(hostile()))).items()}
    assert "<script" not in text(found["moved"], "questiontext/text")
    assert "// not a comment\n\n\n}\n" in text(found["moved"], "questiontext/text")
    assert "]]&gt;" in text(found["moved"], "generalfeedback/text")
    assert answers(found["esc"])[0][0] == "\u241b[31mred\u2400"
    assert [(given, share) for given, share, _ in answers(found["case"])] == [("True", "100"), ("true", "0")]
    for number, answer in enumerate(sorted(PLAIN)):
        assert answers(found[f"f{number}"])[0][0] == answer.replace("*", "\\*")
    assert text(found["meanings"], "subquestion[3]/answer/text") == "List&lt;T&gt; &amp; co"


def test_ids_stay_when_drills_move(everything: Quiz) -> None:
    turned = Quiz(
        tuple(
            msgspec.structs.replace(group, questions=group.questions[::-1]) for group in reversed(everything.groups[:3])
        ),
        {},
    )
    first = {item.id: item for item in read_gift("".join(write_gift(everything)))}
    assert all(first[item.id] == item for item in read_gift("".join(write_gift(turned))))


def test_a_selection_is_a_road_an_area_or_skills(curriculum: Curriculum) -> None:
    assert selected(curriculum, area="http") == {skill.id for skill in curriculum.in_area("http")}
    assert selected(curriculum, road="canonical") == set(curriculum.road("canonical").skills)
    assert selected(curriculum, skills=("http.methods",)) == {"http.methods"}
    for wrong in ({"road": "nope"}, {"area": "nope"}, {"skills": ("no.pe",)}, {"road": "canonical", "area": "http"}):
        with pytest.raises(Problem):
            selected(curriculum, **wrong)  # type: ignore[arg-type]


def test_what_is_written_or_private_is_left_out(tmp_path: Path, curriculum: Curriculum, library: DrillLibrary) -> None:
    drills = load_drills(samples.write_skill(tmp_path, "area.one", drills=samples.EVERY_TOML, lesson=""))
    made = {drill.kind for drill in drills if question_of(drill)}
    assert made == {"single", "multiple", "order", "match", "fill-in", "predict", "open"}
    private = msgspec.structs.replace(curriculum.skill("http.methods"), private=True)
    mine = msgspec.structs.replace(curriculum, skills={**curriculum.skills, private.id: private})
    quiz = quiz_of(mine, library, selected(mine, area="http"))
    assert quiz.private == 1
    assert private.id not in {group.skill for group in quiz.groups}


def test_the_command_and_the_page_export_the_same(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as running:
        running.settle()
        with running.client() as client:
            assert 'action="/export/quiz/moodle"' in client.get("/settings").text
            answer = client.get("/export/quiz/moodle?skill=http.methods,http.status-codes")
            gift = client.get("/export/quiz/gift?area=http")
            refused = {
                client.get(f"/export/quiz/{where}").status_code
                for where in ("gift?area=nope", "moodle?road=nope", "gift?skill=no.pe")
            }
            assert client.get("/export/quiz/nonsense").status_code in (400, 404)
    assert refused == {404}
    assert answer.headers["content-disposition"] == 'attachment; filename="backroad-2027-01-04.moodle.xml"'
    assert {each.partition("/")[0] for each in questions(answer.text)} == {"http.methods", "http.status-codes"}
    done = backroad(home, "export", "--moodle", "q.xml", "--skill", "http.methods", "--skill", "http.status-codes")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.match(r"Wrote \d+ questions of 2 skills to q.xml\.\n", done.stdout)
    assert (tmp_path / "q.xml").read_bytes() == answer.content
    said = json.loads(backroad(home, "export", "--gift", ".", "--area", "http", "--json").stdout)
    assert said["file"] == "backroad-2027-01-04.gift.txt"
    assert (tmp_path / said["file"]).read_bytes() == gift.content
    assert said["questions"] == len(read_gift(gift.text)) > 20
    (tmp_path / "mine.txt").write_text("mine")
    refusals = {
        ("--gift", "mine.txt"): "mine.txt is there already and is not an export.",
        ("--gift", "x", "--moodle", "y"): "Two files are named.",
        ("--area", "http"): "--road, --area and --skill choose quiz questions.",
        ("--gift", "x", "--area", "nope"): "There is no area 'nope'.",
        ("--gift", "absent/x"): "absent/x cannot be written: No such file or directory.",
    }
    for arguments, sentence in refusals.items():
        done = backroad(home, "export", *arguments)
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith(f"backroad: {sentence}")
