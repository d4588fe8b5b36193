"""Forking, writing from scratch and changing own roads, on the real curriculum."""

import tomllib
from pathlib import Path

import pytest

from backroad.curriculum import Curriculum, load
from backroad.curriculum.lint_own import lint_own
from backroad.curriculum.own import own_dir
from backroad.kit.errors import NotFound, Problem
from backroad.own_roads import actions


@pytest.fixture(scope="module")
def real() -> Curriculum:
    return load()


def again(home: Path) -> Curriculum:
    return load(mine=own_dir(home), strict=False)


def skills_of(home: Path, road: str) -> list[tuple[str, ...]]:
    return [step.skills for step in again(home).road(road).steps]


def test_a_fork_has_the_steps_skills_and_labs_of_its_road_and_nothing_wrong_with_it(
    tmp_path: Path, real: Curriculum
) -> None:
    for base in real.roads:
        road_id, path = actions.fork(real, tmp_path, base, f"My {base}")
        mine = again(tmp_path)
        forked, road = mine.road(road_id), real.road(base)
        assert path == mine.road_file(road_id) == tmp_path / f"content/roads/my-{base}.toml"
        assert forked.title == f"My {base}"
        assert [(s.title, s.kind, s.optional, s.skills, s.labs) for s in forked.steps] == [
            (s.title, s.kind, s.optional, s.skills, s.labs) for s in road.steps if s.skills or s.labs
        ]
        assert list(lint_own(mine, None, road=road_id)) == []


def test_a_fork_of_ticked_skills_holds_just_those(tmp_path: Path, real: Curriculum) -> None:
    road_id, _ = actions.fork(real, tmp_path, "canonical", "Short", only={"sql.joins", "http.messages"})
    assert again(tmp_path).road(road_id).skills == ("http.messages", "sql.joins")
    for only in (set(), {"no.skill"}):
        with pytest.raises(Problem):
            actions.fork(real, tmp_path, "canonical", "None", only=only)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "cannot name a road"),
        ("../../etc", None),
        ("///", "cannot name a road"),
        ("道", "cannot name a road"),
        ("canonical", "it is shipped"),
        ("check", "is a command"),
        ("x" * 300, "characters"),
        ("taken", "is there already"),
    ],
)
def test_a_name_is_a_plain_file_in_own_content_or_is_refused(
    tmp_path: Path, real: Curriculum, name: str, sentence: str | None
) -> None:
    actions.new(real, tmp_path, "taken")
    if sentence is None:
        assert actions.new(real, tmp_path, name)[1] == tmp_path / "content/roads/etc.toml"
        return
    with pytest.raises(Problem) as raised:
        actions.new(real, tmp_path, name)
    assert sentence in raised.value.sentence
    assert [path.name for path in tmp_path.rglob("*.toml")] == ["taken.toml"]


def test_a_road_from_scratch_is_commented_and_sound_as_it_stands(tmp_path: Path, real: Curriculum) -> None:
    road_id, path = actions.new(real, tmp_path, "from-scratch")
    assert path.read_text(encoding="utf-8").count("#") > 10
    mine = again(tmp_path)
    assert mine.road(road_id).title == "From scratch"
    assert list(lint_own(mine, None)) == []


def test_a_skill_is_added_after_another_or_at_the_end(tmp_path: Path, real: Curriculum) -> None:
    actions.fork(real, tmp_path, "canonical", "short", only={"sql.select", "http.messages"})
    mine = again(tmp_path)
    actions.add(mine, "short", "sql.joins", after="sql.select")
    actions.add(mine, "short", "arch.cap")
    actions.add(mine, "short", "net.dns", after="http.messages")
    steps = skills_of(tmp_path, "short")
    assert steps[0] == ("http.messages", "net.dns")
    assert ("sql.select", "sql.joins") in steps
    assert steps[-1] == ("arch.cap",)


def test_what_cannot_be_added_is_refused_and_the_file_stays(tmp_path: Path, real: Curriculum) -> None:
    actions.fork(real, tmp_path, "canonical", "short", only={"sql.select"})
    mine, path = again(tmp_path), tmp_path / "content/roads/short.toml"
    before = path.read_bytes()
    with pytest.raises(NotFound, match=r"no skill sql\.join\. Did you mean sql\.joins\?"):
        actions.add(mine, "short", "sql.join")
    for wrong in ({"skill": "sql.select"}, {"skill": "sql.joins", "after": "net.dns"}):
        with pytest.raises(Problem):
            actions.add(mine, "short", **wrong)
    with pytest.raises(Problem, match="is shipped and stays as it is"):
        actions.add(mine, "canonical", "sql.joins")
    assert path.read_bytes() == before


def test_moving_goes_through_a_step_and_into_the_next(tmp_path: Path, real: Curriculum) -> None:
    only = {"http.messages", "http.methods", "git.commits"}
    actions.fork(real, tmp_path, "canonical", "short", only=only)
    mine = again(tmp_path)

    def steps() -> list[tuple[str, ...]]:
        return [skills for skills in skills_of(tmp_path, "short") if skills]

    assert steps() == [("http.messages", "http.methods"), ("git.commits",)]
    actions.move(mine, "short", "http.messages", "down")
    assert steps() == [("http.methods", "http.messages"), ("git.commits",)]
    actions.move(mine, "short", "http.messages", "down")
    assert steps() == [("http.methods",), ("http.messages", "git.commits")]
    actions.move(mine, "short", "http.messages", "up")
    assert steps() == [("http.methods", "http.messages"), ("git.commits",)]
    actions.move(mine, "short", "http.methods", "up")
    assert steps() == [("http.methods", "http.messages"), ("git.commits",)]


def test_a_skill_is_taken_out_and_a_step_added(tmp_path: Path, real: Curriculum) -> None:
    actions.fork(real, tmp_path, "canonical", "short", only={"http.messages", "sql.select"})
    mine = again(tmp_path)
    actions.remove(mine, "short", "http.messages")
    actions.add_step(mine, "short", "  What is\x1bnew ", "arch.cap")
    assert "http.messages" not in again(tmp_path).road("short").skills
    assert tomllib.loads((tmp_path / "content/roads/short.toml").read_text())["step"][-1]["title"] == "What is new"
    with pytest.raises(Problem, match="no title"):
        actions.add_step(mine, "short", "\n", "sql.joins")


def test_the_file_may_have_been_changed_by_hand_meanwhile(tmp_path: Path, real: Curriculum) -> None:
    _, path = actions.new(real, tmp_path, "mine")
    mine = again(tmp_path)
    path.write_text(path.read_text().replace('["http.messages"]', '["http.messages", "not.known"] # mine'))
    actions.add(mine, "mine", "sql.joins")
    assert '["http.messages", "not.known", "sql.joins"] # mine' in path.read_text()
    path.write_text('title = "')
    with pytest.raises(Problem, match="cannot be read as a road"):
        actions.add(mine, "mine", "sql.joins")
