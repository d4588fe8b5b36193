"""Own content lies over the shipped one: it adds, it never changes, and what is broken in it stands alone."""

from pathlib import Path

import pytest

from backroad.curriculum import Curriculum, load
from backroad.curriculum.lint_own import lint_own
from backroad.curriculum.own import MOST_SKILLS, files, is_place
from backroad.kit.errors import NotFound

ROAD = 'title = "Mine"\nabout = "For me."\n\n[[step]]\ntitle = "First"\nskills = ["sql.joins", "team.flags"]\n'
SKILL = (
    'title = "Feature flags"\nclaim = "You can switch code on later."\nrequires = ["ops.configuration"]\nminutes = 60\n'
)
LINK = (
    '[[resource]]\nid = "x"\ntitle = "X"\nurl = "javascript:alert(1)"\ngroup = "g"\n'
    'minutes = 5\nskills = ["sql.joins"]\n'
)
AREA = '[[area]]\nid = "team"\ntitle = "Our team"\nabout = "What we do."\n'


def write(root: Path, **texts: str) -> Path:
    """A folder of own content; names are paths with / written as __."""
    for name, text in {
        "areas__toml": AREA,
        "roads__mine__toml": ROAD,
        "skills__team__flags__skill__toml": SKILL,
        **texts,
    }.items():
        *folders, stem, ending = name.split("__")
        path = root.joinpath(*folders, f"{stem}.{ending}".replace("_", "-"))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root


def said(curriculum: Curriculum) -> list[str]:
    return [mistake.sentence.partition("own/")[2] for mistake in curriculum.own_problems]


def test_own_roads_and_skills_come_after_the_shipped_ones_and_change_none(tmp_path: Path, real: Curriculum) -> None:
    mine = load(mine=write(tmp_path / "own"))
    assert mine.skills["team.flags"].requires == ("ops.configuration",)
    assert mine.road("mine").skills == ("sql.joins", "team.flags")
    assert "team.flags" in mine.unlocks["ops.configuration"]
    assert (mine.own_skills, mine.own_roads) == ({"team.flags"}, {"mine"})
    assert mine.folder("team.flags") == tmp_path / "own/skills/team/flags"
    assert mine.road_file("mine") == tmp_path / "own/roads/mine.toml"
    assert {name: mine.skills[name] for name in real.skills} == dict(real.skills)
    assert {name: mine.roads[name] for name in real.roads} == dict(real.roads)
    assert list(lint_own(mine, {})) == []


def test_no_own_content_is_no_fault(tmp_path: Path) -> None:
    assert load(mine=tmp_path / "nothing").own is None
    (tmp_path / "empty").mkdir()
    assert load(mine=tmp_path / "empty").problems == ()


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("roads__mine__toml", 'title = "Mine', "roads/mine.toml:1: this is not TOML"),
        ("roads__mine__toml", "title = 3\n", "roads/mine.toml"),
        ("roads__mine__toml", "x = " + "[" * 5_000, "roads/mine.toml: the file is nested too deeply"),
        ("roads__mine__toml", "x = " + "9" * 5_000, "roads/mine.toml"),
        ("roads__mine__toml", "#" * 300_000, "roads/mine.toml: the file has more than 256 KiB."),
        ("roads__mine__toml", ROAD.replace("Mine", "Mine\\u001b[2J"), "`title` holds a control character."),
        ("roads__mine__toml", ROAD.replace("First", "F" * 201), "`title` has 201 characters"),
        ("roads__mine__toml", ROAD.replace("sql.joins", "sql.join"), "mine.toml:6: there is no skill `sql.join`. Did"),
        ("roads__canonical__toml", ROAD, "roads/canonical.toml: the road `canonical` is shipped"),
        ("roads__Mine__toml", ROAD, "must be lower-case words"),
        ("skills__team__flags__skill__toml", SKILL.replace("60", '"long"'), "team/flags/skill.toml:4: `minutes`"),
        ("skills__sql__joins__skill__toml", SKILL, "`sql.joins` is a skill that is shipped"),
        ("skills__nowhere__flags__skill__toml", SKILL, "`nowhere` is not in areas.toml."),
        ("areas__toml", AREA + AREA.replace("team", "sql"), "the area `sql` is shipped"),
        ("resources__toml", LINK, "`url` must be a link"),
    ],
)  # fmt: skip
def test_what_is_broken_is_named_and_left_out_and_the_rest_is_whole(
    tmp_path: Path, real: Curriculum, name: str, text: str, sentence: str
) -> None:
    mine = load(mine=write(tmp_path / "own", **{name: text}), strict=False)
    assert any(sentence in one for one in said(mine)), said(mine)
    assert mine.problems == mine.own_problems
    assert set(real.skills) <= set(mine.skills)
    assert {name: mine.roads[name] for name in real.roads} == dict(real.roads)
    assert {name: mine.served[name] for name in real.served} == dict(real.served)
    assert [mistake for mistake in lint_own(mine, {}) if mistake in mine.own_problems]


def test_a_circle_of_own_skills_is_refused_and_cut(tmp_path: Path) -> None:
    other = SKILL.replace("Feature flags", "Other").replace("ops.configuration", "team.flags")
    first = SKILL.replace("ops.configuration", "team.other")
    root = write(tmp_path / "own", skills__team__flags__skill__toml=first, skills__team__other__skill__toml=other)
    mine = load(mine=root, strict=False)
    assert "goes in a circle" in said(mine)[0]
    assert {"team.flags", "team.other"} <= set(mine.order)


def test_a_road_that_cannot_be_read_says_why_when_it_is_asked_for(tmp_path: Path) -> None:
    mine = load(mine=write(tmp_path / "own", roads__mine__toml='title = "'), strict=False)
    with pytest.raises(NotFound, match=r"Your road mine cannot be read: .*roads/mine\.toml:1: this is not TOML"):
        mine.road("mine")


def test_a_lesson_that_is_no_text_is_no_lesson_and_the_linter_says_so(tmp_path: Path) -> None:
    root = write(tmp_path / "own")
    (root / "skills/team/flags/lesson.md").write_bytes(b"\xff\xfe\x00")
    mine = load(mine=root)
    assert mine.lesson("team.flags") == ""
    assert [m.text for m in lint_own(mine, {})] == ["the lesson is not UTF-8, or has more than 64 KiB."]


def test_more_skills_than_are_read_are_left_out_with_a_sentence(tmp_path: Path) -> None:
    root = write(tmp_path / "own")
    for number in range(MOST_SKILLS):
        folder = root / f"skills/team/s-{number}"
        folder.mkdir()
        (folder / "skill.toml").write_text(SKILL, encoding="utf-8")
    mine = load(mine=root, strict=False)
    assert len(mine.own_skills) == MOST_SKILLS
    assert said(mine) == ["skills: there are 1,001 skills; the first 1,000 are read."]


def test_thousands_of_unknown_ids_are_refused_in_one_sentence(tmp_path: Path) -> None:
    many = ", ".join(f'"no.skill-{number}"' for number in range(2_500))
    mine = load(mine=write(tmp_path / "own", roads__mine__toml=ROAD.replace('"sql.joins"', many)), strict=False)
    assert [text.partition(": ")[2] for text in said(mine)] == ["the road names 2,501 skills; at most 2,000 fit."]


def test_only_the_files_of_the_layout_belong_to_own_content(tmp_path: Path) -> None:
    root = write(tmp_path / "own")
    (root / "notes.txt").write_text("mine", encoding="utf-8")
    (root / "roads/link.toml").symlink_to("/etc/hostname")
    assert [name for name, _ in files(root)] == ["areas.toml", "roads/mine.toml", "skills/team/flags/skill.toml"]
    for name in (
        "../x.toml",
        "roads/../x.toml",
        "/etc/passwd",
        "roads/A.toml",
        "skills/a/b/c.toml",
        "roads/.toml",
        "roads/x.toml/",
    ):
        assert not is_place(name), name
