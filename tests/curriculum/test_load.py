"""Loading: strict for authors, forgiving for learners, immutable for everyone."""

from pathlib import Path

import msgspec
import pytest

from backroad.curriculum import Curriculum, load
from backroad.kit.errors import NotFound, Problem
from tests.curriculum.conftest import Copy


def test_strict_raises_the_first_sentence_and_hints_at_the_others(copy: Copy) -> None:
    copy.set("api.crud", "minutes", "5")
    copy.set("sql.joins", "minutes", "5")
    with pytest.raises(Problem) as raised:
        load(copy.root)
    assert raised.value.sentence.endswith("skills/api/crud/skill.toml:4: `minutes`: expected a whole number >= 30.")
    assert "skills/sql/joins/skill.toml:4" in raised.value.hint


def test_a_broken_skill_is_left_out_and_reported_and_the_rest_is_whole(copy: Copy, real: Curriculum) -> None:
    copy.set("sql.joins", "minutes", '"long"')
    loaded = load(copy.root, strict=False)
    assert [problem.text for problem in loaded.problems] == ["`minutes`: expected a whole number, got text."]
    assert set(real.skills) - set(loaded.skills) == {"sql.joins"}
    assert "sql.joins" not in loaded.skills["sql.query-plans"].requires
    for road in loaded.roads.values():
        assert "sql.joins" not in road.skills
        assert all(skill in loaded.skills for topic in road.topics for skill in topic.skills)
    assert all(skill in loaded.skills for resource in loaded.resources for skill in resource.skills)


def test_a_circle_is_cut_for_learners(copy: Copy, real: Curriculum) -> None:
    copy.set("sql.select", "requires", '["sql.query-plans"]')
    loaded = load(copy.root, strict=False)
    assert len(loaded.problems) == 1
    assert len(loaded.order) == len(real.order)


def test_a_broken_road_leaves_the_others(copy: Copy) -> None:
    (copy.root / "roads/complete-guide.toml").write_text("title = 3\n", encoding="utf-8")
    loaded = load(copy.root, strict=False)
    assert "complete-guide" not in loaded.roads
    assert len(loaded.roads) == 5
    assert len(loaded.problems) == 1


def test_no_content_at_all(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="There is no curriculum at"):
        load(tmp_path / "nothing")


def test_nothing_can_be_changed(real: Curriculum) -> None:
    with pytest.raises(AttributeError):
        real.skills["sql.joins"].minutes = 1  # type: ignore[misc]
    with pytest.raises(TypeError):
        real.skills["sql.new"] = real.skills["sql.joins"]  # type: ignore[index]
    with pytest.raises(TypeError):
        real.unlocks["sql.joins"] = ()  # type: ignore[index]


def test_nouns_can_be_sent_as_json(real: Curriculum) -> None:
    for noun in (real.road("stepwise-2026"), real.skill("sql.joins"), real.resources[0]):
        assert msgspec.json.decode(msgspec.json.encode(noun), type=type(noun)) == noun


def test_requires_unlocks_and_ancestors_agree(real: Curriculum) -> None:
    assert "sql.query-plans" in real.unlocks["sql.joins"]
    for skill in real.skills.values():
        for needed in skill.requires:
            assert skill.id in real.unlocks[needed]
            assert {needed} | real.ancestors[needed] <= real.ancestors[skill.id]
        assert skill.id not in real.ancestors[skill.id]


def test_with_requirements_gives_all_in_order(real: Curriculum) -> None:
    assert real.with_requirements(["sql.joins"]) == ("sql.select", "sql.joins")
    wanted = real.with_requirements(["auth.oauth"])
    assert wanted[-1] == "auth.oauth"
    assert {"net.internet", "auth.jwt", "http.cookies"} <= set(wanted)


def test_resources_of_a_track_come_first_and_those_of_others_not_at_all(real: Curriculum) -> None:
    for_python = [resource.id for resource in real.resources_for("sql.orm", "python")]
    assert "sequelize-docs" not in for_python
    assert for_python[0] in {"django-docs", "full-stack-python", "sqlalchemy-docs"}
    assert "sequelize-docs" in [resource.id for resource in real.resources_for("sql.orm")]


def test_unknown_ids_are_not_found(real: Curriculum) -> None:
    with pytest.raises(NotFound, match=r"There is no skill sql\.nothing\."):
        real.skill("sql.nothing")
    with pytest.raises(NotFound, match="There is no road nowhere"):
        real.road("nowhere")


def test_the_hash_follows_what_is_proven(copy: Copy) -> None:
    before = load(copy.root).content_hash("sql.joins")
    copy.set("sql.joins", "minutes", "90")
    assert load(copy.root).content_hash("sql.joins") == before
    loaded = load(copy.root)
    assert not loaded.has_lesson("sql.joins")
    loaded.lesson_path("sql.joins").write_text("A join combines.\n", encoding="utf-8")
    assert loaded.has_lesson("sql.joins")
    with_lesson = loaded.content_hash("sql.joins")
    assert with_lesson != before
    loaded.drills_path("sql.joins").write_text("[[drill]]\n", encoding="utf-8")
    assert loaded.content_hash("sql.joins") not in {before, with_lesson}
